//! The content of a valid file.

use super::kits::Kits;
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
    /// The kits themselves.
    pub kits: Kits,
    /// The digest of all of its bytes.
    pub digest: FileDigest,
}
