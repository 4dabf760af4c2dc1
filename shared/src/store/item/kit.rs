//! A kit block. Its names are whole words, since operators read it to find one kit.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::{FileName, UploadId};
use crate::pgk::Slots;
use crate::store::block::KitClaim;

/// A kit block.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct BlockItem {
    pub pk: String,
    pub sk: String,
    pub version: u64,
    pub claims: Vec<ClaimItem>,
}

/// A claim on slots of a block.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct ClaimItem {
    upload: UploadId,
    file: FileName,
    epoch: u32,
    #[serde(serialize_with = "write_slots", deserialize_with = "read_slots")]
    slots: Slots,
}

impl From<KitClaim> for ClaimItem {
    fn from(claim: KitClaim) -> Self {
        Self { upload: claim.upload, file: claim.file, epoch: claim.epoch, slots: claim.slots }
    }
}

impl From<ClaimItem> for KitClaim {
    fn from(item: ClaimItem) -> Self {
        Self { upload: item.upload, file: item.file, epoch: item.epoch, slots: item.slots }
    }
}

fn write_slots<S: Serializer>(slots: &Slots, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&slots.to_bytes())
}

fn read_slots<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Slots, D::Error> {
    struct Bytes;

    impl Visitor<'_> for Bytes {
        type Value = Slots;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the slots of a kit block")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Slots, E> {
            Slots::from_bytes(bytes).ok_or_else(|| E::invalid_length(bytes.len(), &self))
        }
    }

    deserializer.deserialize_bytes(Bytes)
}
