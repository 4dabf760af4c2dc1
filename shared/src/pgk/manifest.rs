//! The content of a valid file.

use super::kit::KitNo;
use crate::domain::{FileDigest, KitGroup};

/// The maximum number of details in a file.
pub const DETAILS_MAX: u32 = 1_000_000;

/// The content of a valid file.
#[derive(Debug)]
pub struct Manifest {
    /// The number of kits.
    pub details: u32,
    /// The kits, counted by kind.
    pub groups: Vec<KitGroup>,
    /// The kits, in the order of the file.
    pub kits: Vec<KitNo>,
    /// The digest of all of its bytes.
    pub digest: FileDigest,
}
