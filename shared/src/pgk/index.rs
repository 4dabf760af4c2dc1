//! Finds the entry of a key in a list, in 4 to 8 bytes per entry.
#![expect(clippy::cast_possible_truncation, reason = "bits are what is wanted, and entries are fewer than 2^20")]

use super::scatter::Scatter;

/// Places of the smallest table, by how much a table grows, and places of the largest: twice the entries that can be numbered.
const PLACES_MIN: usize = 1 << 11;
const GROWTH: usize = 1 << 5;
const PLACES_MAX: usize = 1 << (NUMBER_BITS + 1);
/// Bits of a place that number an entry.
const NUMBER_BITS: u32 = 20;

/// Finds entries by the hash of their key: open addressing, at most half full. A place holds the number of an entry, from 1
/// on, and above it some bits of the hash.
#[derive(Debug, Clone)]
pub(super) struct Index {
    places: Vec<u32>,
    scatter: Scatter,
}

impl Default for Index {
    fn default() -> Self {
        Self { places: vec![0; PLACES_MIN], scatter: Scatter::default() }
    }
}

impl Index {
    pub(super) fn hash(&self, key: u128) -> u64 {
        self.scatter.hash(key)
    }

    fn start(&self, hash: u64) -> usize {
        (hash >> (64 - self.places.len().trailing_zeros())) as usize
    }

    /// What stands where a hash begins to look.
    pub(super) fn first(&self, hash: u64) -> u32 {
        self.places[self.start(hash)]
    }

    /// The entry of a key with this hash, or the place where it belongs. `first` may be out of date, if it is 0 or if it was
    /// read before other entries were added.
    pub(super) fn find(&self, hash: u64, first: u32, is_it: impl Fn(usize) -> bool) -> Result<usize, usize> {
        let tag = tag(hash);
        let entry = |word: u32| (word & ((1 << NUMBER_BITS) - 1)) as usize - 1;
        if first != 0 && first >> NUMBER_BITS == tag && is_it(entry(first)) {
            return Ok(entry(first));
        }
        let mut place = self.start(hash);
        loop {
            match self.places[place] {
                0 => return Err(place),
                word if word >> NUMBER_BITS == tag && is_it(entry(word)) => return Ok(entry(word)),
                _ => place = (place + 1) & (self.places.len() - 1),
            }
        }
    }

    pub(super) fn set(&mut self, place: usize, hash: u64, entry: usize) {
        self.places[place] = tag(hash) << NUMBER_BITS | (entry + 1) as u32;
    }

    /// Grows the table, if so many entries would fill more than half of it. `keys` are those of the entries in it.
    pub(super) fn make_room(&mut self, keys: impl Iterator<Item = u128>, entries: usize) {
        if 2 * entries <= self.places.len() {
            return;
        }
        self.places = vec![0; (GROWTH * self.places.len()).min(PLACES_MAX)];
        for (number, key) in keys.enumerate() {
            let hash = self.hash(key);
            let (Ok(place) | Err(place)) = self.find(hash, 0, |_| false);
            self.set(place, hash, number);
        }
    }
}

/// The lowest bits of a hash: the highest say where it begins to look.
fn tag(hash: u64) -> u32 {
    (hash as u32) & ((1 << (32 - NUMBER_BITS)) - 1)
}
