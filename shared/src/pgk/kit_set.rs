//! A set of kit numbers, gathered by block.
//!
//! A block is found through a table of 4 bytes per place, which is asked for many numbers at a time: asked for each by itself,
//! the processor would wait for memory at every number.

use super::block_key::BlockKey;
use super::blocks::{Blocks, Entry, Pools};
use super::index::Index;
use super::kit::KitNo;
use super::pieces::Pieces;
use super::slots::Slots;

/// Numbers that are looked up together.
const BATCH: usize = 64;

/// A set of at most 1,000,000 kit numbers, and the lines of those that were added more than once.
#[derive(Debug, Default, Clone)]
pub struct KitSet {
    entries: Pieces<Entry>,
    index: Index,
    pools: Pools,
    waiting: Vec<(KitNo, u32)>,
    repeated: Vec<u32>,
    count: u32,
}

impl KitSet {
    /// Adds the number on a line.
    pub(super) fn push(&mut self, kit: KitNo, line: u32) {
        self.waiting.push((kit, line));
        if self.waiting.len() == BATCH {
            self.settle();
        }
    }

    /// Adds the numbers of some slots of a block.
    pub(crate) fn extend(&mut self, key: BlockKey, slots: &Slots) {
        for slot in slots.iter() {
            self.push(key.kit(slot), 0);
        }
        self.settle();
    }

    /// Returns how many numbers there are, once all have settled.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Whether a number is among those that have settled.
    pub(super) fn contains(&self, kit: KitNo) -> bool {
        let hash = self.index.hash(kit.block().packed());
        let found = self.index.find(hash, 0, |place| self.entries.get(place).key() == kit.block());
        found.is_ok_and(|place| self.pools.slots(*self.entries.get(place)).contains(kit.slot()))
    }

    /// The lines whose number stands on an earlier line as well, in ascending order.
    pub(super) fn repeated_lines(&mut self) -> Vec<u32> {
        self.settle();
        self.repeated.clone()
    }

    /// The blocks, in the order of their keys.
    pub(super) fn into_blocks(mut self) -> Blocks {
        self.settle();
        Blocks::new(self.entries.into_vec(), self.pools)
    }

    /// Puts the numbers that wait into their blocks.
    fn settle(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let keys = self.entries.pieces().flatten().map(|entry| entry.key().packed());
        self.index.make_room(keys, self.entries.len() + waiting.len());
        // All reads of the table first, and nothing else: none of them needs the answer of another.
        let (mut hashes, mut first) = ([0; BATCH], [0; BATCH]);
        for ((kit, _), hash) in waiting.iter().zip(&mut hashes) {
            *hash = self.index.hash(kit.block().packed());
        }
        for (hash, first) in hashes.iter().zip(&mut first) {
            *first = self.index.first(*hash);
        }
        for ((kit, line), (hash, first)) in waiting.iter().zip(hashes.into_iter().zip(first)) {
            if self.insert(*kit, hash, first) {
                self.count += 1;
            } else {
                self.repeated.push(*line);
            }
        }
        self.waiting = waiting;
        self.waiting.clear();
    }

    /// Adds a number; returns whether it is new.
    fn insert(&mut self, kit: KitNo, hash: u64, first: u32) -> bool {
        match self.index.find(hash, first, |place| self.entries.get(place).key() == kit.block()) {
            Ok(place) => self.pools.insert(self.entries.get_mut(place), kit.slot()),
            Err(free) => {
                self.index.set(free, hash, self.entries.len());
                self.entries.push(Entry::of(kit));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_knows_what_was_added_to_it() {
        let kit = |text: &str| KitNo::parse(text.as_bytes()).unwrap();
        let mut kits = KitSet::default();
        for line in 0..100_000 {
            kits.push(kit(&format!("K{}", line % 99_999)), line);
        }
        assert_eq!(kits.repeated_lines(), [99_999]);
        assert_eq!(kits.count(), 99_999);
        assert!(kits.contains(kit("K7")) && kits.contains(kit("K99998")));
        assert!(!kits.contains(kit("K99999")) && !kits.contains(kit("K007")) && !kits.contains(kit("J7")));
    }
}
