//! Counts the kits of a file by kind.

use std::collections::HashMap;

use crate::domain::{Bin, KitGroup, PanLength, PlasticCode, ProductId};

/// The maximum number of kinds in a file, so that a file fits into one item of the table.
pub(super) const GROUPS_MAX: usize = 1_000;

/// A kind of kit, compared without allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KitKind {
    pub(super) bin: Bin,
    pub(super) pan_length: PanLength,
    product_id: [u8; 32],
    plastic_code: [u8; 10],
}

impl KitKind {
    /// Creates a kind from valid fields: a product id of at most 32 bytes and a plastic code of at most 10.
    pub(super) fn new(bin: Bin, pan_length: PanLength, product_id: &[u8], plastic_code: &[u8]) -> Self {
        let mut kind = Self { bin, pan_length, product_id: [0; 32], plastic_code: [0; 10] };
        kind.product_id[..product_id.len()].copy_from_slice(product_id);
        kind.plastic_code[..plastic_code.len()].copy_from_slice(plastic_code);
        kind
    }
}

/// The number of kits per kind, in the order in which the kinds first appear.
#[derive(Debug, Default)]
pub(super) struct KitGroups {
    index: HashMap<KitKind, usize>,
    counts: Vec<(KitKind, u32)>,
}

impl KitGroups {
    /// Counts a kit. Returns the index of its kind, or `None` if there are too many kinds.
    pub(super) fn count(&mut self, kind: KitKind) -> Option<usize> {
        let index = match self.index.get(&kind) {
            Some(index) => *index,
            None if self.counts.len() == GROUPS_MAX => return None,
            None => {
                self.counts.push((kind, 0));
                self.index.insert(kind, self.counts.len() - 1);
                self.counts.len() - 1
            }
        };
        self.count_known(index);
        Some(index)
    }

    /// Counts a kit of a kind that was counted before.
    pub(super) fn count_known(&mut self, index: usize) {
        self.counts[index].1 += 1;
    }

    /// Returns the groups.
    pub(super) fn into_groups(self) -> Vec<KitGroup> {
        self.counts
            .into_iter()
            .filter_map(|(kind, quantity)| {
                Some(KitGroup {
                    product_id: ProductId::parse(&text(&kind.product_id)).ok()?,
                    bin: kind.bin,
                    plastic_code: PlasticCode::parse(&text(&kind.plastic_code)).ok()?,
                    pan_length: kind.pan_length,
                    quantity,
                })
            })
            .collect()
    }
}

fn text(padded: &[u8]) -> String {
    padded.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}
