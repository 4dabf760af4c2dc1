//! An order, its body, its history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::approval;
use super::{EventItem, ItemError, digest_bytes, seconds};
use crate::domain::{
    ApprovalState, Bin, BranchId, CardType, Change, CmsOrderId, CmsProfile, EmbossType, FileDigest, FileName, FilePin,
    Line, OrderState, PanLength, PlasticCode, Principal, ProcessStart, ProductId, Quantity, Reason, Status,
    StoredObject,
};

/// Changes of status that an order's item holds at most.
pub(in crate::store) const CHANGES_MAX: usize = 16;

/// An order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::store) struct OrderItem {
    pub pk: String,
    pub sk: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gsi1pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gsi1sk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gsi2pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gsi2sk: Option<String>,
    pub gsi3pk: String,
    pub gsi3sk: String,
    #[serde(rename = "v")]
    pub version: u64,
    #[serde(rename = "ai")]
    pub attempt: String,
    #[serde(rename = "st")]
    pub status: Status,
    #[serde(rename = "nm")]
    pub label: String,
    #[serde(rename = "br")]
    pub branch: BranchId,
    #[serde(rename = "h")]
    pub content: String,
    #[serde(rename = "ln")]
    pub lines: Vec<LineItem>,
    /// The start that was asked for.
    #[serde(rename = "ps", default, skip_serializing_if = "Option::is_none")]
    pub start: Option<ProcessStart>,
    #[serde(rename = "sc")]
    pub scheduled_at_s: i64,
    #[serde(rename = "vu")]
    pub valid_until_s: i64,
    #[serde(rename = "s1")]
    pub status_shard: u32,
    #[serde(rename = "s2")]
    pub due_shard: u32,
    #[serde(rename = "hi")]
    pub history: Vec<ChangeItem>,
    /// The change that the last write made; a write that makes none removes it. The event pipe selects writes by it.
    #[serde(rename = "change", default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventItem>,
    #[serde(rename = "approval", with = "approval")]
    pub approval: Option<ApprovalState>,
    /// Who placed an order that requires approval.
    #[serde(rename = "mk", default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<Principal>,
    #[serde(rename = "rb", default, skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<Principal>,
    #[serde(rename = "ra", default, skip_serializing_if = "Option::is_none")]
    pub reviewed_at_ms: Option<i64>,
    #[serde(rename = "rr", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(rename = "ep", default, skip_serializing_if = "is_default")]
    pub epoch: u64,
    #[serde(rename = "na", default, skip_serializing_if = "is_default")]
    pub attempts: u32,
    #[serde(rename = "lw", default, skip_serializing_if = "Option::is_none")]
    pub lease_owner: Option<String>,
    #[serde(rename = "lu", default, skip_serializing_if = "Option::is_none")]
    pub lease_until_s: Option<i64>,
    #[serde(rename = "ci", default, skip_serializing_if = "Option::is_none")]
    pub cms_order_id: Option<CmsOrderId>,
    /// The CMS that it was first sent to; `None`: the default one, or none yet.
    #[serde(rename = "cp", default, skip_serializing_if = "Option::is_none")]
    pub cms_profile: Option<CmsProfile>,
    /// Why somebody must look at the order.
    #[serde(rename = "hold", default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    #[serde(rename = "hs", default, skip_serializing_if = "Option::is_none")]
    pub held_since_ms: Option<i64>,
    #[serde(rename = "er", default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    #[serde(rename = "bd", skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(rename = "fn", skip_serializing_if = "Option::is_none")]
    pub file: Option<FileName>,
    #[serde(rename = "fk", skip_serializing_if = "Option::is_none")]
    pub file_key: Option<String>,
    #[serde(rename = "fv", skip_serializing_if = "Option::is_none")]
    pub file_version_id: Option<String>,
    #[serde(rename = "fs", skip_serializing_if = "Option::is_none")]
    pub file_digest: Option<String>,
    /// Whether the CMS left the file's kits unused, so that it was freed.
    #[serde(rename = "ff", default, skip_serializing_if = "is_default")]
    pub is_file_free: bool,
}

impl OrderItem {
    pub(in crate::store) fn state(&self) -> Result<OrderState, ItemError> {
        Ok(OrderState {
            status: self.status,
            scheduled_at: seconds(self.scheduled_at_s)?,
            valid_until: seconds(self.valid_until_s)?,
            lease_until: self.lease_until_s.map(seconds).transpose()?,
            attempts: self.attempts,
            is_held: self.hold.is_some(),
            approval: self.approval,
        })
    }

    /// The status of each line.
    pub(in crate::store) fn line_statuses(&self) -> Vec<Status> {
        self.lines.iter().map(|line| line.status.unwrap_or(self.status)).collect()
    }

    /// Adds a change as the store does: the oldest one moves out if there is no room.
    pub(in crate::store) fn remember(&mut self, change: &Change) {
        if self.history.len() >= CHANGES_MAX {
            self.history.remove(0);
        }
        self.history.push(change.into());
    }

    /// The pinned file.
    pub(in crate::store) fn file_pin(&self) -> Result<Option<FilePin>, ItemError> {
        let (Some(name), Some(key), Some(version_id), Some(digest)) =
            (&self.file, &self.file_key, &self.file_version_id, &self.file_digest)
        else {
            return Ok(None);
        };
        let object = StoredObject { key: key.clone(), version_id: version_id.clone() };
        Ok(Some(FilePin { name: name.clone(), object, digest: FileDigest(digest_bytes(digest)?) }))
    }
}

/// The body of an order, if the order's item would be too large with it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct BodyItem {
    pub pk: String,
    pub sk: String,
    #[serde(rename = "bd")]
    pub body: String,
}

/// A line; default values are left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::store) struct LineItem {
    #[serde(rename = "p")]
    product_id: ProductId,
    #[serde(rename = "b")]
    bin: Bin,
    #[serde(rename = "q")]
    quantity: Quantity,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    plastic_code: Option<PlasticCode>,
    #[serde(rename = "l", default, skip_serializing_if = "is_default")]
    pan_length: PanLength,
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    pin_generation: bool,
    #[serde(rename = "t", default, skip_serializing_if = "is_default")]
    card_type: CardType,
    #[serde(rename = "e", default, skip_serializing_if = "is_default")]
    emboss_type: EmbossType,
    /// Only if it differs from the order's.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

impl LineItem {
    /// The same line with this status, in an order with the status `of_order`.
    pub(in crate::store) fn at(&self, status: Status, of_order: Status) -> Self {
        Self { status: Some(status).filter(|status| *status != of_order), ..self.clone() }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<&Line> for LineItem {
    fn from(line: &Line) -> Self {
        Self {
            product_id: line.product_id.clone(),
            bin: line.bin,
            quantity: line.quantity,
            plastic_code: line.plastic_code.clone(),
            pan_length: line.pan_length,
            pin_generation: line.pin_generation,
            card_type: line.card_type,
            emboss_type: line.emboss_type,
            status: None,
        }
    }
}

impl From<LineItem> for Line {
    fn from(item: LineItem) -> Self {
        Self {
            product_id: item.product_id,
            bin: item.bin,
            quantity: item.quantity,
            plastic_code: item.plastic_code,
            pan_length: item.pan_length,
            pin_generation: item.pin_generation,
            card_type: item.card_type,
            emboss_type: item.emboss_type,
        }
    }
}

/// A change that no longer fits into the order's item.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct HistoryItem {
    pub pk: String,
    pub sk: String,
    #[serde(flatten)]
    pub change: ChangeItem,
}

/// A change of status in an order's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::store) struct ChangeItem {
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    from: Option<Status>,
    #[serde(rename = "t")]
    to: Status,
    #[serde(rename = "a")]
    at_ms: i64,
    #[serde(rename = "w")]
    actor: String,
    #[serde(rename = "r")]
    request_id: String,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    by: Option<Principal>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl From<&Change> for ChangeItem {
    fn from(change: &Change) -> Self {
        Self {
            from: change.from,
            to: change.to,
            at_ms: change.at.as_millisecond(),
            actor: change.actor.to_string(),
            request_id: change.request_id.clone(),
            by: change.by.clone(),
            note: change.note.as_deref().map(str::to_owned),
        }
    }
}

impl TryFrom<ChangeItem> for Change {
    type Error = ItemError;

    fn try_from(item: ChangeItem) -> Result<Self, ItemError> {
        Ok(Self {
            from: item.from,
            to: item.to,
            at: Timestamp::from_millisecond(item.at_ms).map_err(|_| ItemError::Value("a"))?,
            actor: item.actor.into(),
            request_id: item.request_id,
            by: item.by,
            note: item.note.map(Into::into),
        })
    }
}
