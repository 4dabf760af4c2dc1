//! The blocks of a file, each with its slots.
//!
//! A block takes 16 bytes, with its slot in them as long as that is the only one; up to eight slots are a short list, and
//! more are a bitmap. So a million numbers take 16 MB where no two share a block, and some hundred KB where they follow each
//! other.

use super::block_key::BlockKey;
use super::kit::{KitNo, LOW_BITS, SLOT_BITS};
use super::slots::Slots;

/// Slots of a short list, and what stands for none in it.
const FEW: usize = 8;
const NO_SLOT: u16 = u16::MAX;

/// A block and where its slots are. The highest bits are the key, so that entries sort by it; then come a slot or a place in a
/// list, and which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u128);

/// Where the slots of a block are.
#[derive(Debug, Clone, Copy)]
enum Place {
    One(u16),
    Few(usize),
    Many(usize),
}

impl Entry {
    /// The entry of a block with this kit only.
    pub(super) fn of(kit: KitNo) -> Self {
        Self(kit.packed())
    }

    fn new(key: BlockKey, place: Place) -> Self {
        let (kind, number) = match place {
            Place::One(slot) => (0, usize::from(slot)),
            Place::Few(place) => (1, place),
            Place::Many(place) => (2, place),
        };
        Self(key.packed() << SLOT_BITS | (number as u128) << LOW_BITS | kind)
    }

    pub(super) fn key(self) -> BlockKey {
        BlockKey::from_packed(self.0 >> SLOT_BITS)
    }

    /// An entry whose bits were taken before.
    pub(super) fn from_packed(bits: u128) -> Self {
        Self(bits)
    }

    /// All of its bits.
    pub(super) fn packed(self) -> u128 {
        self.0
    }

    /// The kit of a block that has one only.
    pub(super) fn only_kit(self) -> Option<KitNo> {
        match self.place() {
            Place::One(slot) => Some(self.key().kit(slot)),
            Place::Few(_) | Place::Many(_) => None,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "it holds nothing larger than what was put into it")]
    fn place(self) -> Place {
        let number = (self.0 >> LOW_BITS) as usize & ((1 << (SLOT_BITS - LOW_BITS)) - 1);
        match self.0 & 3 {
            0 => Place::One(number as u16),
            1 => Place::Few(number),
            _ => Place::Many(number),
        }
    }
}

/// The lists and bitmaps that entries point to.
#[derive(Debug, Default, Clone)]
pub(super) struct Pools {
    few: Vec<[u16; FEW]>,
    many: Vec<Slots>,
}

impl Pools {
    pub(super) fn slots(&self, entry: Entry) -> Slots {
        match entry.place() {
            Place::One(slot) => Slots::from_iter([slot]),
            Place::Few(place) => self.few[place].iter().copied().filter(|slot| *slot != NO_SLOT).collect(),
            Place::Many(place) => self.many[place],
        }
    }

    /// Adds a slot to a block; returns whether it is new.
    pub(super) fn insert(&mut self, block: &mut Entry, slot: u16) -> bool {
        match block.place() {
            Place::One(first) if first == slot => return false,
            Place::One(first) => {
                let mut few = [NO_SLOT; FEW];
                few[..2].copy_from_slice(&[first, slot]);
                *block = Entry::new(block.key(), Place::Few(self.few.len()));
                self.few.push(few);
            }
            Place::Few(place) => {
                let few = &mut self.few[place];
                match few.iter().position(|kept| *kept == slot || *kept == NO_SLOT) {
                    Some(found) if few[found] == slot => return false,
                    Some(free) => few[free] = slot,
                    None => {
                        let slots = few.iter().copied().chain([slot]).collect();
                        *block = Entry::new(block.key(), Place::Many(self.many.len()));
                        self.many.push(slots);
                    }
                }
            }
            Place::Many(place) => return self.many[place].insert(slot),
        }
        true
    }
}

/// The blocks of a file in the order of their keys.
#[derive(Debug, Default)]
pub struct Blocks {
    entries: Vec<Entry>,
    pools: Pools,
}

impl Blocks {
    /// Entries in any order, each of a block of its own.
    pub(super) fn new(mut entries: Vec<Entry>, pools: Pools) -> Self {
        entries.sort_unstable();
        Self { entries, pools }
    }

    /// Entries of one kit each, in any order.
    pub(super) fn of_single(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable();
        let mut pools = Pools::default();
        entries.dedup_by(|entry, block| {
            let is_same = entry.key() == block.key();
            if let (true, Some(kit)) = (is_same, entry.only_kit()) {
                pools.insert(block, kit.slot());
            }
            is_same
        });
        Self { entries, pools }
    }

    /// The blocks behind a key, or all of them.
    pub fn after(&self, key: Option<BlockKey>) -> impl Iterator<Item = (BlockKey, Slots)> {
        let start = key.map_or(0, |key| self.entries.partition_point(|entry| entry.key() <= key));
        self.entries[start..].iter().map(|entry| (entry.key(), self.pools.slots(*entry)))
    }
}
