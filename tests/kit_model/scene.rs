//! Which files want which kits, and how many workers each has at once.

use super::state::BLOCKS_MAX;

#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// The slots that each file wants of each block, as bits. The first file is the oldest.
    pub files: &'static [[u8; BLOCKS_MAX as usize]],
    pub blocks: u8,
    /// The file of each worker, in order.
    pub workers: &'static [usize],
    /// The files whose names other content can take.
    pub replaceable: &'static [usize],
}

impl Scene {
    pub fn wanted(&self, file: usize, block: u8) -> u8 {
        self.files[file][usize::from(block)]
    }

    /// Whether two files want the same kit.
    pub fn overlap(&self, one: usize, other: usize) -> bool {
        one != other && self.files[one].iter().zip(&self.files[other]).any(|(one, other)| one & other != 0)
    }
}

/// Two files that share some of their kits, in two blocks.
pub const TWO_FILES: Scene =
    Scene { files: &[[0b11, 0b01], [0b01, 0b11]], blocks: 2, workers: &[0, 1], replaceable: &[0, 1] };

/// Three files with the same kit.
pub const THREE_FILES: Scene =
    Scene { files: &[[1, 0], [1, 0], [1, 0]], blocks: 1, workers: &[0, 1, 2], replaceable: &[0] };

/// Three files in one block, of which one shares a kit with each of the others.
pub const CHAIN: Scene =
    Scene { files: &[[0b01, 0], [0b11, 0], [0b10, 0]], blocks: 1, workers: &[0, 1, 2], replaceable: &[1] };

/// Two workers on the younger of two files with the same kits, in two blocks.
pub const TWO_WORKERS: Scene = Scene { files: &[[1, 1], [1, 1]], blocks: 2, workers: &[0, 1, 1], replaceable: &[] };

/// Two workers on the older of two files with the same kit.
pub const TWO_WORKERS_ON_THE_OLDER: Scene =
    Scene { files: &[[1, 0], [1, 0]], blocks: 1, workers: &[0, 0, 1], replaceable: &[0, 1] };
