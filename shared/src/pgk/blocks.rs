//! The kit numbers of a file, gathered by block: what finds doubled numbers is also the list of what a file claims.
//!
//! A block takes 16 bytes, with its slot in them as long as that is the only one; up to eight slots are a short list, and
//! more are a bitmap. So a million numbers take 24 MB at most where no two share a block, and some hundred KB where they
//! follow each other. A block is found through a table of 4 bytes per place, which is asked for many numbers at a time: asked
//! for each by itself, the processor would wait for memory at every line of a file of random numbers.
#![expect(clippy::cast_possible_truncation, reason = "an entry holds nothing larger than what was put into it")]

use super::index::Index;
use super::kit::{BlockKey, KEY_BITS, KitNo};
use super::pieces::Pieces;
use super::slots::Slots;

/// Numbers that are looked up together.
const BATCH: usize = 64;
/// Bits of an entry that say where its slots are: two for the kind, and a slot or a place in a list.
const PLACE_BITS: u32 = 128 - KEY_BITS;
const KIND_BITS: u32 = 2;
/// Slots of a short list, and what stands for none in it.
const FEW: usize = 8;
const NO_SLOT: u16 = u16::MAX;

/// A block and where its slots are: the highest bits are the key, so that entries sort by it.
type Entry = u128;

/// Where the slots of a block are.
#[derive(Debug, Clone, Copy)]
enum Place {
    One(u16),
    Few(usize),
    Many(usize),
}

/// The lists and bitmaps that entries point to.
#[derive(Debug, Default, Clone)]
struct Pools {
    few: Vec<[u16; FEW]>,
    many: Vec<Slots>,
}

/// Kit numbers that are being gathered, at most 1,000,000.
#[derive(Debug, Default, Clone)]
pub struct Kits {
    entries: Pieces<Entry>,
    index: Index,
    pools: Pools,
    waiting: Vec<(KitNo, u32)>,
    repeated: Vec<u32>,
    count: u32,
}

impl Kits {
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

    /// Returns how many different numbers there are, once all have settled.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Whether a number is among those that have settled.
    pub(super) fn contains(&self, kit: KitNo) -> bool {
        let key = kit.block().packed();
        let hash = self.index.hash(key);
        let found = self.index.find(hash, 0, |place| self.entries.get(place) >> PLACE_BITS == key);
        found.is_ok_and(|place| self.pools.slots(*self.entries.get(place)).contains(kit.slot()))
    }

    /// The lines whose number stands on an earlier line as well, in ascending order.
    pub(super) fn repeated_lines(&mut self) -> &[u32] {
        self.settle();
        &self.repeated
    }

    /// The blocks, in the order of their keys.
    #[must_use]
    pub fn into_blocks(mut self) -> Blocks {
        self.settle();
        let mut entries = self.entries.into_vec();
        entries.sort_unstable();
        Blocks { entries, pools: self.pools }
    }

    /// Puts the numbers that wait into their blocks.
    fn settle(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let keys = self.entries.pieces().flatten().map(|entry| entry >> PLACE_BITS);
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
        let key = kit.block().packed();
        let found = self.index.find(hash, first, |place| self.entries.get(place) >> PLACE_BITS == key);
        match found {
            Ok(place) => self.pools.insert(self.entries.get_mut(place), kit.slot()),
            Err(free) => {
                self.index.set(free, hash, self.entries.len());
                self.entries.push(entry(key, Place::One(kit.slot())));
                true
            }
        }
    }
}

/// The blocks of a file in the order of their keys, each with its slots.
#[derive(Debug, Default)]
pub struct Blocks {
    entries: Vec<Entry>,
    pools: Pools,
}

impl Blocks {
    /// The blocks behind a key, or all of them.
    pub fn after(&self, key: Option<BlockKey>) -> impl Iterator<Item = (BlockKey, Slots)> {
        let start = key.map_or(0, |key| self.entries.partition_point(|entry| key_of(*entry) <= key));
        self.entries[start..].iter().map(|entry| (key_of(*entry), self.pools.slots(*entry)))
    }
}

fn key_of(entry: Entry) -> BlockKey {
    BlockKey::from_packed(entry >> PLACE_BITS)
}

fn entry(key: u128, place: Place) -> Entry {
    let (kind, number) = match place {
        Place::One(slot) => (0, usize::from(slot)),
        Place::Few(place) => (1, place),
        Place::Many(place) => (2, place),
    };
    key << PLACE_BITS | (number as u128) << KIND_BITS | kind
}

impl Place {
    fn of(entry: Entry) -> Self {
        let number = (entry >> KIND_BITS) as usize & ((1 << (PLACE_BITS - KIND_BITS)) - 1);
        match entry & 3 {
            0 => Self::One(number as u16),
            1 => Self::Few(number),
            _ => Self::Many(number),
        }
    }
}

impl Pools {
    fn slots(&self, entry: Entry) -> Slots {
        match Place::of(entry) {
            Place::One(slot) => Slots::from_iter([slot]),
            Place::Few(place) => self.few[place].iter().copied().filter(|slot| *slot != NO_SLOT).collect(),
            Place::Many(place) => self.many[place],
        }
    }

    /// Adds a slot to a block; returns whether it is new.
    fn insert(&mut self, block: &mut Entry, slot: u16) -> bool {
        match Place::of(*block) {
            Place::One(first) if first == slot => return false,
            Place::One(first) => {
                let mut few = [NO_SLOT; FEW];
                few[..2].copy_from_slice(&[first, slot]);
                *block = entry(*block >> PLACE_BITS, Place::Few(self.few.len()));
                self.few.push(few);
            }
            Place::Few(place) => {
                let few = &mut self.few[place];
                match few.iter().position(|kept| *kept == slot || *kept == NO_SLOT) {
                    Some(found) if few[found] == slot => return false,
                    Some(free) => few[free] = slot,
                    None => {
                        let slots = few.iter().copied().chain([slot]).collect();
                        *block = entry(*block >> PLACE_BITS, Place::Many(self.many.len()));
                        self.many.push(slots);
                    }
                }
            }
            Place::Many(place) => return self.many[place].insert(slot),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kit(text: &str) -> KitNo {
        KitNo::parse(text.as_bytes()).unwrap()
    }

    fn gathered(numbers: impl IntoIterator<Item = String>) -> Kits {
        let mut kits = Kits::default();
        for (number, line) in numbers.into_iter().zip(2..) {
            kits.push(kit(&number), line);
        }
        kits
    }

    fn numbers(blocks: &Blocks) -> Vec<String> {
        let numbers = |(key, slots): (BlockKey, Slots)| -> Vec<String> {
            slots.iter().map(|slot| key.kit(slot).to_string()).collect()
        };
        blocks.after(None).flat_map(numbers).collect()
    }

    #[test]
    fn every_line_but_the_first_of_a_number_is_a_repetition() {
        let mut kits = gathered(["A", "B", "A", "ZZZZZZZZZZZZZZZZZZZZ", "A", "B", "1", "01", "1"].map(str::to_owned));
        assert_eq!(kits.repeated_lines(), [4, 6, 7, 10]);
        let mut kits = gathered((0..100_000).map(|line| format!("K{}", line % 99_999)));
        assert_eq!(kits.repeated_lines(), [100_001]);
        assert_eq!(kits.count(), 99_999);
        assert!(kits.contains(kit("K7")) && kits.contains(kit("K99998")));
        assert!(!kits.contains(kit("K99999")) && !kits.contains(kit("K007")) && !kits.contains(kit("J7")));
    }

    #[test]
    fn blocks_come_in_the_order_of_their_keys_and_from_any_of_them_on() {
        let blocks = gathered((0..2_500).rev().map(|number| format!("K{number:07}"))).into_blocks();
        assert_eq!(numbers(&blocks), (0..2_500).map(|number| format!("K{number:07}")).collect::<Vec<_>>());
        let keys: Vec<BlockKey> = blocks.after(None).map(|(key, _)| key).collect();
        assert_eq!(keys.iter().map(ToString::to_string).collect::<Vec<_>>(), ["K0000#3", "K0001#3", "K0002#3"]);
        assert_eq!(blocks.after(Some(keys[1])).map(|(key, _)| key).collect::<Vec<_>>(), keys[2..]);
        assert_eq!(blocks.after(Some(kit("K9").block())).count(), 3, "a key that is not there, before them");
        assert_eq!(blocks.after(Some(kit("L0009000").block())).count(), 0);
    }

    proptest! {
        #[test]
        fn what_is_gathered_is_what_a_set_would_hold(numbers_in in proptest::collection::vec("[0-9A]{1,5}", 0..900)) {
            let mut seen = std::collections::HashSet::new();
            let want: Vec<u32> = (2..).zip(&numbers_in).filter(|(_, text)| !seen.insert((*text).clone())).map(|(line, _)| line).collect();
            let mut kits = gathered(numbers_in.clone());
            prop_assert_eq!(kits.repeated_lines(), want);
            prop_assert_eq!(kits.count() as usize, seen.len());
            let found: std::collections::HashSet<String> = numbers(&kits.into_blocks()).into_iter().collect();
            prop_assert_eq!(found, seen);
        }
    }
}
