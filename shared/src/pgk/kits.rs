//! The kit numbers of a file: what finds doubled numbers is also the list of what the file claims.
//!
//! As long as each number is in a block of its own, as far as a short memory tells, they are written down one after the other
//! and looked through at the end. As soon as two are seen to share a block, all become a [`KitSet`], which gathers by block: a
//! file of consecutive numbers takes hardly any memory there, while one of random numbers would wait for it at every line.

use super::blocks::{Blocks, Entry};
use super::kit::KitNo;
use super::kit_set::KitSet;
use super::lined::Lined;
use super::scatter::Scatter;

/// Blocks that are remembered, and on how many lines one is looked for there.
const RECENT: usize = 1 << 8;
const LOOK_EVERY: u32 = 4;

/// The kit numbers of a file, at most 1,000,000.
#[derive(Debug, Clone)]
pub struct Kits {
    /// Entries of one kit each, scattered.
    apart: Lined<u128>,
    scatter: Scatter,
    /// Blocks of late, each in its place among them, packed.
    recent: Vec<u128>,
    gathered: Option<KitSet>,
}

impl Default for Kits {
    fn default() -> Self {
        Self { apart: Lined::default(), scatter: Scatter::default(), recent: vec![u128::MAX; RECENT], gathered: None }
    }
}

impl Kits {
    /// Adds the number on a line.
    pub(super) fn push(&mut self, kit: KitNo, line: u32) {
        if let Some(gathered) = &mut self.gathered {
            return gathered.push(kit, line);
        }
        if !line.is_multiple_of(LOOK_EVERY) || self.is_new(kit) {
            return self.apart.push(self.scatter.apply(Entry::of(kit).packed()), line);
        }
        let mut gathered = KitSet::default();
        for (entry, line) in std::mem::take(&mut self.apart).iter() {
            let entry = Entry::from_packed(self.scatter.revert(entry));
            entry.only_kit().into_iter().for_each(|kit| gathered.push(kit, line));
        }
        gathered.push(kit, line);
        self.gathered = Some(gathered);
    }

    /// Whether a kit's block is not among those of late; it is from now on.
    fn is_new(&mut self, kit: KitNo) -> bool {
        let (place, block) = (kit.block().spread() % RECENT, kit.block().packed());
        std::mem::replace(&mut self.recent[place], block) != block
    }

    /// The lines whose number stands on an earlier line as well, in ascending order.
    pub(super) fn repeated_lines(&mut self) -> Vec<u32> {
        match &mut self.gathered {
            Some(gathered) => gathered.repeated_lines(),
            None => self.apart.repeated_lines(|entry| (entry >> 64) as u64),
        }
    }

    /// The blocks, in the order of their keys.
    #[must_use]
    pub fn into_blocks(self) -> Blocks {
        if let Some(gathered) = self.gathered {
            return gathered.into_blocks();
        }
        let entries = self.apart.into_vec().into_iter();
        Blocks::of_single(entries.map(|entry| Entry::from_packed(self.scatter.revert(entry))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pgk::{BlockKey, Slots};
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

    /// Numbers that hardly share a block are not gathered before two of them do.
    #[test]
    fn numbers_apart_are_found_doubled_too() {
        let apart = || (0..5_000_u64).map(|number| format!("{}X{number}Y", number * 7_919 % 5_003));
        let want: Vec<String> = {
            let mut want: Vec<String> = apart().collect();
            want.sort();
            want
        };
        let mut kits = gathered(apart());
        assert!(kits.gathered.is_none());
        assert!(kits.repeated_lines().is_empty());
        let mut found = numbers(&kits.into_blocks());
        found.sort();
        assert_eq!(found, want);
        let mut kits = gathered(apart().chain(apart().take(3)));
        assert!(kits.gathered.is_none());
        assert_eq!(kits.repeated_lines(), [5_002, 5_003, 5_004]);
        // Numbers that share a block, but not within the memory of what came before.
        let mut kits = gathered(apart().map(|number| number + "1").chain(apart().take(3).map(|number| number + "2")));
        assert!(kits.gathered.is_none());
        assert!(kits.repeated_lines().is_empty());
        assert_eq!(kits.into_blocks().after(None).filter(|(_, slots)| slots.iter().eq([1, 2])).count(), 3);
        // A few neighbours that do, late: what came before is gathered with them.
        let neighbours = (1..10).chain([1]).map(|number| format!("B{number:02}"));
        let mut kits = gathered(apart().chain(neighbours).chain(apart().take(1)));
        assert!(kits.gathered.is_some());
        assert_eq!(kits.repeated_lines(), [5_011, 5_012]);
        assert_eq!(numbers(&kits.into_blocks()).len(), 5_009);
    }

    proptest! {
        #[test]
        fn what_is_gathered_is_what_a_set_would_hold(numbers_in in proptest::collection::vec("[0-9A]{1,5}", 0..900)) {
            let mut seen = std::collections::HashSet::new();
            let want: Vec<u32> = (2..).zip(&numbers_in).filter(|(_, text)| !seen.insert((*text).clone())).map(|(line, _)| line).collect();
            let mut kits = gathered(numbers_in.clone());
            prop_assert_eq!(kits.repeated_lines(), want);
            let found: std::collections::HashSet<String> = numbers(&kits.into_blocks()).into_iter().collect();
            prop_assert_eq!(found, seen);
        }
    }
}
