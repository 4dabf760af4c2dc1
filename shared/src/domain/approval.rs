//! Approval of an order by a second person (four eyes).

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Principal;
use super::text::{is_printable, text_type};

/// Where the approval of an order that requires one stands. It moves once, from REQUIRED.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ApprovalState {
    /// Nobody has reviewed the order yet.
    Required,
    /// A second person has approved it.
    Approved,
    /// A second person has rejected it, which cancelled it.
    Rejected,
}

impl ApprovalState {
    /// Returns the name in answers and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
        }
    }
}

impl fmt::Display for ApprovalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The approval of an order that requires one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Where it stands.
    pub state: ApprovalState,
    /// Who reviewed the order.
    pub by: Option<Principal>,
    /// When.
    pub at: Option<Timestamp>,
    /// Why it was rejected.
    pub reason: Option<Reason>,
}

text_type! {
    /// Why an order was rejected.
    Reason, "must be a string of 1 to 200 printable characters", |text| is_printable(text, 200)
}
