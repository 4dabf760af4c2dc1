//! What the lists show.

use serde::Serialize;
use shared::api::FileRow;
use shared::domain::{ApprovalState, ListedFile, OrderView, Status};
use shared::orders::AttentionKind;

/// An order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderRow {
    card_order_id: String,
    card_order_name: String,
    branch_id: String,
    status: Status,
    received_at: String,
    status_since: String,
    scheduled_at: String,
    quantity: u64,
    on_hold: bool,
    approval: Option<ApprovalState>,
}

/// An order that needs attention.
#[derive(Debug, Serialize)]
pub(crate) struct ExplainedRow {
    #[serde(flatten)]
    row: OrderRow,
    explanation: String,
}

/// What needs attention for one reason.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    pub(crate) kind: &'static str,
    pub(crate) count: usize,
    pub(crate) more: bool,
    pub(crate) rows: Vec<GroupRow>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum GroupRow {
    Order(ExplainedRow),
    File(FileRow),
}

impl From<OrderView> for OrderRow {
    fn from(order: OrderView) -> Self {
        let instant = |at| format!("{at:.3}");
        Self {
            quantity: order.quantity(),
            card_order_id: order.id.to_string(),
            card_order_name: order.label,
            branch_id: order.branch.to_string(),
            status: order.status,
            received_at: instant(order.received_at),
            status_since: instant(order.status_since),
            scheduled_at: instant(order.scheduled_at),
            on_hold: order.hold.is_some(),
            approval: order.approval.map(|approval| approval.state),
        }
    }
}

impl GroupRow {
    pub(crate) fn order(order: OrderView, explanation: String) -> Self {
        Self::Order(ExplainedRow { row: order.into(), explanation })
    }

    pub(crate) fn file(file: ListedFile) -> Self {
        Self::File(file.into())
    }
}

pub(crate) const fn kind(kind: AttentionKind) -> &'static str {
    match kind {
        AttentionKind::OnHold => "ON_HOLD",
        AttentionKind::Stuck => "STUCK",
        AttentionKind::Late => "LATE",
        AttentionKind::Failed => "FAILED",
        AttentionKind::InvalidFile => "INVALID_FILE",
        AttentionKind::AwaitingApproval => "AWAITING_APPROVAL",
    }
}
