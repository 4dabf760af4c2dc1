//! The rows of lists that more than one function answers with.

use std::borrow::Cow;

use serde::Serialize;

use crate::domain::{ApprovalState, Change, ListedFile, OrderView, Principal, Status};

/// An order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the contract")]
pub struct OrderRow {
    pub card_order_id: String,
    pub card_order_name: String,
    pub branch_id: String,
    pub status: Status,
    pub received_at: String,
    pub status_since: String,
    pub scheduled_at: String,
    pub quantity: u64,
    pub on_hold: bool,
    pub approval: Option<ApprovalState>,
}

/// A change in an order's history.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    from: Option<Status>,
    to: Status,
    at: String,
    actor: String,
    by: Option<Principal>,
    request_id: String,
    note: Option<Cow<'static, str>>,
}

/// A file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileRow {
    file_name: String,
    status: &'static str,
    details: u32,
    received_at: String,
    card_order_id: Option<String>,
    first_fault: Option<String>,
}

impl From<ListedFile> for FileRow {
    fn from(file: ListedFile) -> Self {
        Self {
            file_name: file.name,
            status: file.status.as_str(),
            details: file.details,
            received_at: format!("{:.3}", file.received_at),
            card_order_id: file.used_by.map(|id| id.to_string()),
            first_fault: file.first_fault,
        }
    }
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

impl From<Change> for HistoryEntry {
    fn from(change: Change) -> Self {
        Self {
            from: change.from,
            to: change.to,
            at: format!("{:.3}", change.at),
            actor: change.actor.into_owned(),
            by: change.by,
            request_id: change.request_id,
            note: change.note,
        }
    }
}
