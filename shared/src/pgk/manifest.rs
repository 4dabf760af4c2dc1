//! What a valid file holds.

use super::blocks::Kits;
use crate::domain::{FileDigest, Group};

/// Details that a file may hold.
pub const DETAILS_MAX: u32 = 1_000_000;

/// What a valid file holds.
#[derive(Debug)]
pub struct Manifest {
    /// How many kits.
    pub details: u32,
    /// The kits, counted by kind.
    pub groups: Vec<Group>,
    /// The kits themselves.
    pub kits: Kits,
    /// The digest of all of its bytes.
    pub digest: FileDigest,
}
