//! Which lines repeat a number of an earlier line. Kept as lists of 12 or 16 bytes a line and compared only at the end of
//! the file: a set that is asked at every line would wait for memory at every line.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use super::fingerprint::Fingerprints;
use super::kit::KitNo;

/// Bits of the line's number; the key has the rest.
const LINE_BITS: u32 = 24;
/// Lists into which keys are dealt, so that each can be looked through within the processor's cache.
const LIST_BITS: u32 = 5;
const LISTS: usize = 1 << LIST_BITS;
/// Entries of a piece of a list. In one piece it would be copied as it grows, and need twice its memory to do so.
const PIECE: usize = 1 << 12;

/// Keys, each with the line on which it stands, in words of 32 bits: 3 hold a key of 72 bits, 4 one of 104.
#[derive(Debug, Default, Clone)]
struct Keys<const WORDS: usize> {
    lists: [List<WORDS>; LISTS],
}

impl<const WORDS: usize> Keys<WORDS> {
    /// A key and the list for it, which must be the same for the same key and spread others evenly.
    fn push(&mut self, key: u128, list: usize, line: u32) {
        self.lists[list % LISTS].push(pack((key << LINE_BITS) | u128::from(line & ((1 << LINE_BITS) - 1))));
    }

    /// The lines whose key stands on an earlier line as well. Nobody must be able to make many keys with one hash.
    fn repeated_lines(&self, hash: impl Fn(u128) -> u64) -> Vec<u32> {
        let mut repeated = Vec::new();
        let mut slots = Vec::new();
        for list in &self.lists {
            slots.clear();
            slots.resize((4 * list.count()).next_power_of_two(), 0);
            let mut table = Table { list, slots: &mut slots };
            for (index, entry) in list.iter().enumerate() {
                let (key, line) = unpack(*entry);
                if !table.insert(index, key, hash(key)) {
                    repeated.push(line);
                }
            }
        }
        repeated.sort_unstable();
        repeated
    }

    /// In the order of the lines.
    fn iter(&self) -> impl Iterator<Item = (u128, u32)> {
        let mut lists: Vec<_> =
            self.lists.iter().map(|list| list.iter().map(|entry| unpack(*entry)).peekable()).collect();
        std::iter::from_fn(move || {
            let heads = lists.iter_mut().filter_map(|list| Some((list.peek()?.1, list)));
            let (_, list) = heads.min_by_key(|(line, _)| *line)?;
            list.next()
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "word by word")]
fn pack<const WORDS: usize>(entry: u128) -> [u32; WORDS] {
    std::array::from_fn(|word| (entry >> (32 * word)) as u32)
}

/// The key and the line.
fn unpack<const WORDS: usize>(words: [u32; WORDS]) -> (u128, u32) {
    let key = words.iter().rev().fold(0, |entry, word| entry << 32 | u128::from(*word)) >> LINE_BITS;
    (key, words[0] & ((1 << LINE_BITS) - 1))
}

/// Entries in the order of their lines.
#[derive(Debug, Clone)]
struct List<const WORDS: usize> {
    full: Vec<Vec<[u32; WORDS]>>,
    last: Vec<[u32; WORDS]>,
}

impl<const WORDS: usize> Default for List<WORDS> {
    fn default() -> Self {
        Self { full: Vec::new(), last: Vec::new() }
    }
}

impl<const WORDS: usize> List<WORDS> {
    fn push(&mut self, entry: [u32; WORDS]) {
        if self.last.len() == PIECE {
            self.full.push(std::mem::replace(&mut self.last, Vec::with_capacity(PIECE)));
        }
        self.last.push(entry);
    }

    fn count(&self) -> usize {
        self.full.len() * PIECE + self.last.len()
    }

    fn iter(&self) -> impl Iterator<Item = &[u32; WORDS]> {
        self.full.iter().chain([&self.last]).flatten()
    }

    fn key(&self, index: usize) -> u128 {
        unpack(self.full.get(index / PIECE).unwrap_or(&self.last)[index % PIECE]).0
    }
}

/// Which keys of a list were there before: an open table of places in the list, counted from 1, each below a mark of its
/// key's hash. 0 is free.
struct Table<'a, const WORDS: usize> {
    list: &'a List<WORDS>,
    slots: &'a mut [u32],
}

/// Bits of a place in a list: more than [`super::DETAILS_MAX`] has.
const PLACE_BITS: u32 = 20;

impl<const WORDS: usize> Table<'_, WORDS> {
    /// Whether a key is new.
    #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do, and a place has few")]
    fn insert(&mut self, index: usize, key: u128, hash: u64) -> bool {
        let mark = (hash >> 32) as u32 & !((1 << PLACE_BITS) - 1);
        let mut slot = hash as usize & (self.slots.len() - 1);
        loop {
            let found = self.slots[slot];
            if found == 0 {
                self.slots[slot] = mark | (index as u32 + 1);
                return true;
            }
            let place = found & ((1 << PLACE_BITS) - 1);
            if found - place == mark && self.list.key(place as usize - 1) == key {
                return false;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }
}

/// What must be unique in a file.
#[derive(Debug, Default)]
pub(super) struct Unique {
    pub(super) kits: Kits,
    pub(super) tokens: Tokens,
}

/// The kits of a file.
#[derive(Debug, Default, Clone)]
pub struct Kits {
    keys: Keys<4>,
    /// Keyed anew for every file.
    hashes: RandomState,
}

impl Kits {
    pub(super) fn push(&mut self, kit: KitNo, line: u32) {
        let key = kit.packed();
        // Not the bits by which a list is looked through.
        self.keys.push(key, (self.hashes.hash_one(key) >> 40) as usize, line);
    }

    pub(super) fn repeated_lines(&self) -> Vec<u32> {
        self.keys.repeated_lines(|key| self.hashes.hash_one(key))
    }

    /// Each kit with its line, in the order of the lines.
    pub fn iter(&self) -> impl Iterator<Item = (KitNo, u32)> {
        self.keys.iter().map(|(key, line)| (KitNo::from_packed(key), line))
    }
}

/// The tokens of a file.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    keys: Keys<3>,
    fingerprints: Fingerprints,
}

#[expect(clippy::cast_possible_truncation, reason = "all bits of a fingerprint are random")]
impl Tokens {
    /// A token of at most 64 bytes.
    pub(super) fn push(&mut self, token: &[u8], line: u32) {
        // The key has 72 bits, and the choice of the list is 5 more.
        let fingerprint = self.fingerprints.of(token);
        self.keys.push(fingerprint >> LIST_BITS, fingerprint as usize, line);
    }

    pub(super) fn repeated_lines(&self) -> Vec<u32> {
        self.keys.repeated_lines(|key| key as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_but_the_first_of_a_key_is_a_repetition() {
        let kit = |text: &str| KitNo::parse(text.as_bytes()).unwrap();
        let (mut kits, mut tokens) = (Kits::default(), Tokens::default());
        for (text, line) in [("A", 2), ("B", 3), ("A", 4), ("ZZZZZZZZZZZZZZZZZZZZ", 5), ("A", 6), ("B", 7)] {
            kits.push(kit(text), line);
            tokens.push(text.as_bytes(), line);
        }
        assert_eq!((kits.repeated_lines(), tokens.repeated_lines()), (vec![4, 6, 7], vec![4, 6, 7]));
        let (mut kits, mut tokens) = (Kits::default(), Tokens::default());
        for line in 0..100_000 {
            let text = format!("K{}", line % 99_999);
            kits.push(kit(&text), line);
            tokens.push(text.as_bytes(), line);
        }
        assert_eq!((kits.repeated_lines(), tokens.repeated_lines()), (vec![99_999], vec![99_999]));
        assert!(kits.iter().eq((0..100_000).map(|line| (kit(&format!("K{}", line % 99_999)), line))));
    }
}
