//! A drop that matches no rule, with the attributes of an INVALID file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::approval;
use super::{EventItem, ItemError};
use crate::domain::{ApprovalState, DropName, FileStatus, MisplacedDrop, Sequencer, StoredObject, TenantId};
use crate::store::keys::{self, Shelf};

/// A misplaced drop.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct MisplacedItem {
    pub pk: String,
    pub sk: String,
    gsi1pk: String,
    gsi1sk: String,
    gsi3pk: String,
    gsi3sk: String,
    #[serde(rename = "change", default, skip_serializing_if = "Option::is_none")]
    event: Option<EventItem>,
    #[serde(rename = "br")]
    branch: String,
    #[serde(with = "approval")]
    approval: Option<ApprovalState>,
    #[serde(rename = "st")]
    status: FileStatus,
    #[serde(rename = "nm")]
    name: DropName,
    #[serde(rename = "ok")]
    object_key: String,
    #[serde(rename = "vi")]
    object_version: String,
    #[serde(rename = "sq")]
    sequencer: Sequencer,
    #[serde(rename = "fa")]
    faults: Vec<String>,
}

impl MisplacedItem {
    pub(in crate::store) fn new(tenant: &TenantId, drop: &MisplacedDrop, now: Timestamp) -> Self {
        let pk = keys::misplaced(tenant, &drop.name);
        let entry = keys::file_entry(&pk).unwrap_or_default();
        let row = keys::by_status(tenant, Shelf::InvalidFile, 0, now, entry);
        let gsi3sk = keys::ms_row(drop.received_at, entry);
        Self {
            pk,
            sk: keys::ALONE.to_owned(),
            gsi1pk: row.pk,
            gsi1sk: row.sk,
            gsi3pk: keys::files_partition(tenant),
            gsi3sk,
            event: Some(EventItem::of_file(tenant, drop.name.as_str(), None, FileStatus::Invalid, 0, now)),
            branch: String::new(),
            approval: None,
            status: FileStatus::Invalid,
            name: drop.name.clone(),
            object_key: drop.object.key.clone(),
            object_version: drop.object.version_id.clone(),
            sequencer: drop.sequencer.clone(),
            faults: vec![drop.fault.clone()],
        }
    }
}

impl TryFrom<MisplacedItem> for MisplacedDrop {
    type Error = ItemError;

    fn try_from(item: MisplacedItem) -> Result<Self, ItemError> {
        Ok(Self {
            name: item.name,
            object: StoredObject { key: item.object_key, version_id: item.object_version },
            sequencer: item.sequencer,
            received_at: keys::row_instant(&item.gsi3sk).ok_or(ItemError::Value("gsi3sk"))?,
            fault: item.faults.into_iter().next().unwrap_or_default(),
        })
    }
}
