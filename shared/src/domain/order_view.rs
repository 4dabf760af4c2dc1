//! An order as people see it: everything of it but the body.

use jiff::Timestamp;

use super::{
    Approval, ApprovalState, BranchId, CmsOrderId, ContentHash, FilePin, Line, OrderId, Principal, ProcessStart, Status,
};

/// An order at an instant.
#[derive(Debug, Clone)]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// The label for people.
    pub label: String,
    /// The branch that placed it.
    pub branch: BranchId,
    /// Its content.
    pub content: ContentHash,
    /// Its status at that instant: a RECEIVED order past its validity is EXPIRED.
    pub status: Status,
    /// Since when it has this status.
    pub status_since: Timestamp,
    /// When it was placed.
    pub received_at: Timestamp,
    /// When it is due.
    pub scheduled_at: Timestamp,
    /// When it expires unless it has been sent.
    pub valid_until: Timestamp,
    /// The start that was asked for.
    pub start: Option<ProcessStart>,
    /// Its lines, in the order of the request.
    pub lines: Vec<OrderLine>,
    /// The file that supplies its kits.
    pub file: Option<FilePin>,
    /// Whether that file is free for another order.
    pub is_file_free: bool,
    /// The id that the card management system (CMS) gave it.
    pub cms_order_id: Option<CmsOrderId>,
    /// How often it was sent.
    pub attempts: u32,
    /// Whether a worker has it now.
    pub is_leased: bool,
    /// Whether the CMS has acknowledged it.
    pub is_acknowledged: bool,
    /// When its next step is due; `None`: nothing is planned.
    pub next_action_at: Option<Timestamp>,
    /// Why the CMS's last answer was unusable.
    pub last_error: Option<String>,
    /// Why nothing moves it until somebody acts.
    pub hold: Option<Hold>,
    /// Its approval; `None`: none is required.
    pub approval: Option<Approval>,
    /// Who placed it, if it requires approval: nobody may review an order of an unknown maker.
    pub maker: Option<Principal>,
}

/// A line with its status.
#[derive(Debug, Clone)]
pub struct OrderLine {
    /// What was ordered.
    pub line: Line,
    /// Its status.
    pub status: Status,
}

/// A hold: an operator must find out what became of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
}

impl OrderView {
    /// Returns the number of kits.
    #[must_use]
    pub fn quantity(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.line.quantity.get())).sum()
    }

    /// Whether nothing moves it before a second person has reviewed it.
    #[must_use]
    pub fn awaits_approval(&self) -> bool {
        self.approval.as_ref().is_some_and(|approval| approval.state == ApprovalState::Required)
    }

    /// Since when it could have been sent: its start, or its approval if that came later.
    #[must_use]
    pub fn due_since(&self) -> Timestamp {
        let approved_at = self.approval.as_ref().and_then(|approval| approval.at);
        approved_at.map_or(self.scheduled_at, |at| at.max(self.scheduled_at))
    }
}
