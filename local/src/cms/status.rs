//! The statuses that the CMS reports.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The status of an order; a later variant is further along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    /// Nothing was accepted for the key.
    #[default]
    Unknown,
    Accepted,
    Processed,
    Success,
    Failed,
    Rejected,
    Voided,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
