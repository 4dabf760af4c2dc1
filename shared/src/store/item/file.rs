//! A file of kits.

use serde::{Deserialize, Serialize};

use super::event::approval;
use super::{EventItem, ItemError, digest_bytes, digest_text, seconds};
use crate::domain::{
    ApprovalState, Bin, FileDigest, FileName, FileStatus, KitFile, KitGroup, ListedFile, OrderId, PanLength,
    PlasticCode, ProductId, Sequencer, StoredObject, TenantId, UploadId,
};
use crate::store::keys;

/// A file.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct FileItem {
    pub pk: String,
    pub sk: String,
    pub gsi3pk: String,
    pub gsi3sk: String,
    #[serde(rename = "ai")]
    pub attempt: String,
    #[serde(rename = "change", default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventItem>,
    /// Always empty, as the next one: the event pipe copies them.
    #[serde(rename = "br")]
    branch: String,
    #[serde(with = "approval")]
    approval: Option<ApprovalState>,
    #[serde(rename = "st")]
    pub status: FileStatus,
    #[serde(rename = "ui")]
    pub upload: UploadId,
    #[serde(rename = "nm")]
    pub name: FileName,
    #[serde(rename = "ok")]
    pub object_key: String,
    #[serde(rename = "vi")]
    pub object_version: String,
    #[serde(rename = "sq", default, skip_serializing_if = "Option::is_none")]
    pub sequencer: Option<Sequencer>,
    #[serde(rename = "sh", default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    #[serde(rename = "n")]
    pub details: u32,
    #[serde(rename = "gr", default)]
    pub groups: Vec<GroupItem>,
    #[serde(rename = "us", default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<OrderId>,
    #[serde(rename = "lu")]
    pub lease_until_s: i64,
    #[serde(rename = "lo")]
    pub losses: u32,
    #[serde(rename = "fa", default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// A group of a file.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct GroupItem {
    #[serde(rename = "p")]
    product_id: ProductId,
    #[serde(rename = "b")]
    bin: Bin,
    #[serde(rename = "c")]
    plastic_code: PlasticCode,
    #[serde(rename = "l")]
    pan_length: PanLength,
    #[serde(rename = "q")]
    quantity: u32,
}

impl FileItem {
    /// The item of a content that its name has from now on.
    pub(in crate::store) fn new(tenant: &TenantId, file: &KitFile, attempt: &str) -> Self {
        let received_at = file.upload.received_at().unwrap_or_default();
        let event = EventItem::of_file(tenant, file.name.as_str(), None, file.status, file.details, received_at);
        Self {
            pk: keys::file(tenant, &file.name),
            sk: keys::ALONE.to_owned(),
            gsi3pk: keys::files_partition(tenant),
            gsi3sk: keys::ms_row(received_at, &file.name),
            attempt: attempt.to_owned(),
            event: Some(event),
            branch: String::new(),
            approval: None,
            status: file.status,
            upload: file.upload.clone(),
            name: file.name.clone(),
            object_key: file.object.key.clone(),
            object_version: file.object.version_id.clone(),
            sequencer: file.sequencer.clone(),
            digest: file.digest.map(|digest| digest_text(&digest.0)),
            details: file.details,
            groups: file.groups.iter().map(GroupItem::from).collect(),
            used_by: file.used_by.clone(),
            lease_until_s: file.lease_until.as_second(),
            losses: file.losses,
            faults: file.faults.clone(),
        }
    }
}

impl TryFrom<FileItem> for KitFile {
    type Error = ItemError;

    fn try_from(item: FileItem) -> Result<Self, ItemError> {
        Ok(Self {
            name: item.name,
            upload: item.upload,
            status: item.status,
            object: StoredObject { key: item.object_key, version_id: item.object_version },
            sequencer: item.sequencer,
            digest: item.digest.map(|digest| digest_bytes(&digest).map(FileDigest)).transpose()?,
            details: item.details,
            groups: item.groups.into_iter().map(KitGroup::from).collect(),
            used_by: item.used_by,
            lease_until: seconds(item.lease_until_s)?,
            losses: item.losses,
            faults: item.faults,
        })
    }
}

/// What a list shows of a file or of a misplaced drop.
#[derive(Debug, Deserialize)]
pub(in crate::store) struct ListedFileItem {
    gsi3sk: String,
    #[serde(rename = "st")]
    status: FileStatus,
    #[serde(rename = "nm")]
    name: String,
    #[serde(rename = "n", default)]
    details: u32,
    #[serde(rename = "us", default)]
    used_by: Option<OrderId>,
    #[serde(rename = "fa", default)]
    faults: Vec<String>,
}

impl ListedFileItem {
    /// Returns the file with its row in the index by creation.
    pub(in crate::store) fn read(self) -> Result<(String, ListedFile), ItemError> {
        let file = ListedFile {
            name: self.name,
            status: self.status,
            details: self.details,
            received_at: keys::row_instant(&self.gsi3sk).ok_or(ItemError::Value("gsi3sk"))?,
            used_by: self.used_by,
            first_fault: self.faults.into_iter().next(),
        };
        Ok((self.gsi3sk, file))
    }
}

impl From<&KitGroup> for GroupItem {
    fn from(group: &KitGroup) -> Self {
        Self {
            product_id: group.product_id.clone(),
            bin: group.bin,
            plastic_code: group.plastic_code.clone(),
            pan_length: group.pan_length,
            quantity: group.quantity,
        }
    }
}

impl From<GroupItem> for KitGroup {
    fn from(item: GroupItem) -> Self {
        Self {
            product_id: item.product_id,
            bin: item.bin,
            plastic_code: item.plastic_code,
            pan_length: item.pan_length,
            quantity: item.quantity,
        }
    }
}
