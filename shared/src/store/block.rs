//! A kit block as it is read and written.

use crate::domain::{FileName, FileToken};
use crate::pgk::Slots;

/// A block as it was read; the default is one that is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KitBlock {
    /// How often it was written.
    pub version: u64,
    /// The claims on it, with different slots.
    pub claims: Vec<KitClaim>,
}

/// What one upload claims of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitClaim {
    /// The upload.
    pub token: FileToken,
    /// The name of its file.
    pub file: FileName,
    /// How many losses the file had when this was claimed. The claim counts only as long as that is so.
    pub epoch: u32,
    /// The slots.
    pub slots: Slots,
}
