//! The state machine of an order.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Field, Json};

/// The status of an order or of one of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Valid and stored; nothing has been sent to the card management system (CMS).
    Received,
    /// From just before the first call to the CMS until it has finished; only a fact from the CMS ends it.
    Pending,
    /// The CMS has generated cards; not all lines are confirmed.
    Processed,
    /// Done.
    Success,
    /// Rejected by the CMS.
    Failed,
    /// Cancelled by the branch before anything was sent.
    Cancelled,
    /// Not sent to the CMS within its validity.
    Expired,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 7] =
        [Self::Received, Self::Pending, Self::Processed, Self::Success, Self::Failed, Self::Cancelled, Self::Expired];

    /// Returns the name in answers and in the table.
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

    /// Whether `next` may follow. PENDING follows itself when an order is sent again.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Received => matches!(next, Self::Pending | Self::Cancelled | Self::Expired),
            Self::Pending => matches!(next, Self::Pending | Self::Processed | Self::Success | Self::Failed),
            Self::Processed => matches!(next, Self::Success | Self::Failed),
            Self::Success | Self::Failed | Self::Cancelled | Self::Expired => false,
        }
    }

    /// Whether this status is final.
    #[must_use]
    pub const fn is_end(self) -> bool {
        match self {
            Self::Received | Self::Pending | Self::Processed => false,
            Self::Success | Self::Failed | Self::Cancelled | Self::Expired => true,
        }
    }

    /// Returns the status of an order with these lines.
    #[must_use]
    pub fn roll_up(lines: &[Self]) -> Self {
        [Self::Pending, Self::Processed, Self::Failed]
            .into_iter()
            .find(|status| lines.contains(status))
            .unwrap_or(Self::Success)
    }
}

impl Field for Status {
    const RULE: &'static str = "must be one of RECEIVED, PENDING, PROCESSED, SUCCESS, FAILED, CANCELLED, EXPIRED";

    fn read(json: &Json) -> Option<Self> {
        let text = json.text()?;
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{self, Failed, Pending, Processed, Success};

    #[test]
    fn an_order_is_as_far_as_its_slowest_line_and_fails_with_any() {
        for (lines, want) in [
            (&[Pending, Success] as &[Status], Pending),
            (&[Failed, Pending, Processed], Pending),
            (&[Failed, Processed, Success], Processed),
            (&[Failed, Success], Failed),
            (&[Success, Success], Success),
        ] {
            assert_eq!(Status::roll_up(lines), want, "{lines:?}");
        }
    }

    #[test]
    fn nothing_follows_an_end_and_pending_is_a_one_way_door() {
        for from in Status::ALL {
            for to in Status::ALL {
                let may = from.may_become(to);
                assert!(!(may && from.is_end()), "{from} to {to}");
                let is_way_back =
                    from == Pending && matches!(to, Status::Received | Status::Cancelled | Status::Expired);
                assert!(!(may && is_way_back), "{from} to {to}");
            }
        }
        assert!(Status::Received.may_become(Pending) && Pending.may_become(Success) && !Processed.may_become(Pending));
    }
}
