//! The change that the last write of an item made: what leaves the table's stream as an event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{ApprovalState, Change, FileName, FileStatus, OrderId, Status, TenantId};

/// An event. Its keys are those of the detail that the event pipe makes of it, hence whole words; every key is always
/// there, since the pipe can only copy what it finds. Branch, approval and version are the item's own attributes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct EventItem {
    /// The detail type.
    #[serde(rename = "type")]
    kind: String,
    tenant: TenantId,
    order_id: String,
    file_name: String,
    /// The status before; `NONE` for what is new.
    from: String,
    to: String,
    by: String,
    /// The number of kits in a file.
    details: String,
    at: String,
}

/// The order of an event.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct EventOrder<'a> {
    pub tenant: &'a TenantId,
    pub id: &'a OrderId,
    pub file: Option<&'a FileName>,
}

impl EventItem {
    /// A change of an order's status.
    pub(in crate::store) fn of_status(order: EventOrder<'_>, change: &Change) -> Self {
        Self::of_order("CardOrderStatusChanged", order, change)
    }

    /// An approval, which keeps the status.
    pub(in crate::store) fn of_approval(order: EventOrder<'_>, change: &Change) -> Self {
        Self::of_order("CardOrderApprovalChanged", order, change)
    }

    fn of_order(kind: &str, order: EventOrder<'_>, change: &Change) -> Self {
        Self {
            kind: kind.to_owned(),
            tenant: order.tenant.clone(),
            order_id: order.id.to_string(),
            file_name: order.file.map(ToString::to_string).unwrap_or_default(),
            from: change.from.map_or("NONE", Status::as_str).to_owned(),
            to: change.to.to_string(),
            by: change.by.as_ref().map(ToString::to_string).unwrap_or_default(),
            details: String::new(),
            at: format!("{:.3}", change.at),
        }
    }

    /// A change of a file's status.
    pub(in crate::store) fn of_file(
        tenant: &TenantId,
        name: &str,
        from: Option<FileStatus>,
        to: FileStatus,
        details: u32,
        at: Timestamp,
    ) -> Self {
        Self {
            kind: "KitFileStatusChanged".to_owned(),
            tenant: tenant.clone(),
            order_id: String::new(),
            file_name: name.to_owned(),
            from: from.map_or("NONE", FileStatus::as_str).to_owned(),
            to: to.as_str().to_owned(),
            by: String::new(),
            details: details.to_string(),
            at: format!("{at:.3}"),
        }
    }
}

/// An approval as an attribute that is always there: the event pipe copies it, and the claim's condition names it. Empty
/// where none is required, as for every file.
pub(in crate::store) mod approval {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::ApprovalState;

    /// Returns the attribute's text.
    pub(in crate::store) fn text(state: Option<ApprovalState>) -> &'static str {
        state.map_or("", ApprovalState::as_str)
    }

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to the field")]
    pub(in crate::store) fn serialize<S: Serializer>(
        state: &Option<ApprovalState>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text(*state))
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<ApprovalState>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let states = [ApprovalState::Required, ApprovalState::Approved, ApprovalState::Rejected];
        match states.into_iter().find(|state| state.as_str() == text) {
            None if !text.is_empty() => Err(serde::de::Error::custom("no approval")),
            state => Ok(state),
        }
    }
}
