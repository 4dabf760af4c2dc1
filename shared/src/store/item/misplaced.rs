//! A drop that matches no rule, with the attributes of an INVALID file.

use serde::{Deserialize, Serialize};

use crate::domain::{DropName, FileStatus, MisplacedDrop, Sequencer, StoredObject};
use crate::store::keys;

/// A misplaced drop.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct MisplacedItem {
    pub pk: String,
    pub sk: String,
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
    pub(in crate::store) fn new(pk: String, drop: &MisplacedDrop) -> Self {
        Self {
            pk,
            sk: keys::ALONE.to_owned(),
            status: FileStatus::Invalid,
            name: drop.name.clone(),
            object_key: drop.object.key.clone(),
            object_version: drop.object.version_id.clone(),
            sequencer: drop.sequencer.clone(),
            faults: vec![drop.fault.clone()],
        }
    }
}

impl From<MisplacedItem> for MisplacedDrop {
    fn from(item: MisplacedItem) -> Self {
        Self {
            name: item.name,
            object: StoredObject { key: item.object_key, version_id: item.object_version },
            sequencer: item.sequencer,
            fault: item.faults.into_iter().next().unwrap_or_default(),
        }
    }
}
