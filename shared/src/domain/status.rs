//! Where an order stands, and what may follow.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The state of an order or of one of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Stored and valid; nothing was sent to the card management system.
    Received,
    /// From just before the first call to the card management system until it has finished; only its facts lead out.
    Pending,
    /// The card management system has generated cards; not all lines are confirmed.
    Processed,
    /// Done.
    Success,
    /// Refused by the card management system.
    Failed,
    /// Called back by the branch before anything was sent.
    Cancelled,
    /// Not handed to the card management system within its validity.
    Expired,
}

impl Status {
    /// The name in answers and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Pending => "PENDING",
            Self::Processed => "PROCESSED",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
