//! The statuses that the CMS reports.

/// Where an order stands; a later variant is further along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    Accepted,
    Processed,
    Success,
    Failed,
    Rejected,
    Voided,
}

/// The status of a key for which nothing was accepted.
pub(super) const UNKNOWN: &str = "UNKNOWN";

impl Status {
    const ALL: [Self; 6] = [Self::Accepted, Self::Processed, Self::Success, Self::Failed, Self::Rejected, Self::Voided];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Processed => "PROCESSED",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Rejected => "REJECTED",
            Self::Voided => "VOIDED",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}
