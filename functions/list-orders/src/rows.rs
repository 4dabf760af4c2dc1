//! What the lists show.

use serde::Serialize;
use shared::api::{FileRow, OrderRow};
use shared::domain::{ListedFile, OrderView};
use shared::orders::AttentionKind;

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
