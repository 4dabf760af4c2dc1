//! A kit block as it is read and written.

use crate::domain::{FileName, UploadId};
use crate::pgk::Slots;

/// A block as it was read; the default stands for one that does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KitBlock {
    /// How many times it was written.
    pub version: u64,
    /// The claims on it; no two share a slot.
    pub claims: Vec<KitClaim>,
}

/// One upload's claim on slots of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitClaim {
    /// The upload.
    pub upload: UploadId,
    /// The name of its file.
    pub file: FileName,
    /// How many losses the file had at that time. The claim counts only while the file still has that many.
    pub epoch: u32,
    /// The slots.
    pub slots: Slots,
}
