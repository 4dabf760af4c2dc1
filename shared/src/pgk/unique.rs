//! Which lines repeat a number of an earlier line. Kept as lists of 8 or 13 bytes a line and compared only at the end of
//! the file: a set that is asked at every line would wait for memory at every line.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::fingerprint::Fingerprints;
use super::kit::{KitNo, PACKED_BITS};

/// Entries of a piece of a list. In one piece it would be copied as it grows, and need twice its memory to do so.
const PIECE: usize = 1 << 16;

/// Keys that are looked at together.
const BATCH: usize = 256;

/// Keys in the order of their lines, each with its highest byte first. The highest bits are those of a hash: nobody must be
/// able to make many keys that have them in common.
#[derive(Debug, Default, Clone)]
struct Keys<const BYTES: usize> {
    full: Vec<Vec<[u8; BYTES]>>,
    last: Vec<[u8; BYTES]>,
    /// A place in the list, and the line of the key there: from each to the next, lines follow each other.
    jumps: Vec<(usize, u32)>,
    next_line: u32,
}

impl<const BYTES: usize> Keys<BYTES> {
    fn push(&mut self, key: [u8; BYTES], line: u32) {
        if line != self.next_line {
            self.jumps.push((self.count(), line));
        }
        self.next_line = line.wrapping_add(1);
        if self.last.len() == PIECE {
            self.full.push(std::mem::replace(&mut self.last, Vec::with_capacity(PIECE)));
        }
        self.last.push(key);
    }

    fn count(&self) -> usize {
        self.full.len() * PIECE + self.last.len()
    }

    fn pieces(&self) -> impl Iterator<Item = &[[u8; BYTES]]> {
        self.full.iter().chain([&self.last]).map(Vec::as_slice)
    }

    fn key(&self, place: usize) -> &[u8; BYTES] {
        &self.full.get(place / PIECE).unwrap_or(&self.last)[place % PIECE]
    }

    /// Each key with its line.
    fn iter(&self) -> impl Iterator<Item = (&[u8; BYTES], u32)> {
        self.pieces().flatten().zip(0..).map(|(key, place)| (key, self.line(place)))
    }

    /// The line of the key at a place.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer keys than lines")]
    fn line(&self, place: usize) -> u32 {
        let next = self.jumps.partition_point(|(start, _)| *start <= place);
        let (start, line) = next.checked_sub(1).map_or((0, 0), |last| self.jumps[last]);
        line.wrapping_add((place - start) as u32)
    }
}

/// Looks for keys that are there twice.
struct Search {
    seen: Bits,
    doubtful: Bits,
}

impl Search {
    /// For lists of at most so many keys, one after the other: fresh memory takes longer than to clear what there is.
    fn new(count: usize) -> Self {
        Self { seen: Bits::new(16 * count), doubtful: Bits::new(8 * count) }
    }

    /// The lines whose key stands on an earlier line as well.
    fn repeated_lines<const BYTES: usize>(&mut self, keys: &Keys<BYTES>) -> Vec<u32> {
        self.mark(keys);
        let mut same = self.doubtful_places(keys);
        same.sort_unstable();
        let pairs = same.array_windows().filter(|[(earlier_start, earlier), (later_start, later)]| {
            earlier_start == later_start && keys.key(*earlier) == keys.key(*later)
        });
        let mut lines: Vec<_> = pairs.map(|[_, (_, place)]| keys.line(*place)).collect();
        lines.sort_unstable();
        lines
    }

    /// Finds the bits with which more than one key begins.
    fn mark<const BYTES: usize>(&mut self, keys: &Keys<BYTES>) {
        self.seen.words.fill(0);
        self.doubtful.words.fill(0);
        for keys in keys.pieces().flat_map(|piece| piece.chunks(BATCH)) {
            // No condition here: each that the processor guesses wrongly would wait for memory.
            let (mut again, mut count) = ([0; BATCH], 0);
            for key in keys {
                again[count] = start(key);
                count += usize::from(self.seen.set(again[count]));
            }
            for start in &again[..count] {
                self.doubtful.set(*start);
            }
        }
    }

    /// The few keys that begin like others, each as its start and its place. Equal ones are among them.
    fn doubtful_places<const BYTES: usize>(&self, keys: &Keys<BYTES>) -> Vec<(u64, usize)> {
        let mut same = Vec::new();
        for (piece, keys) in keys.pieces().enumerate() {
            for (place, key) in keys.iter().enumerate() {
                if self.doubtful.has(start(key)) {
                    same.push((start(key), piece * PIECE + place));
                }
            }
        }
        same
    }
}

/// The first 64 bits of a key.
fn start<const BYTES: usize>(key: &[u8; BYTES]) -> u64 {
    key.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// A bit for each number that keys may begin with.
struct Bits {
    words: Vec<u64>,
    /// How many of the first 64 bits of a key such a number does not have.
    unused: u32,
}

impl Bits {
    /// At least so many.
    fn new(count: usize) -> Self {
        let count = count.next_power_of_two().max(64);
        Self { words: vec![0; count / 64], unused: 64 - count.trailing_zeros() }
    }

    /// Sets a key's bit; whether it was set before.
    fn set(&mut self, start: u64) -> bool {
        let (word, bit) = self.place(start);
        let before = self.words[word];
        self.words[word] = before | bit;
        before & bit != 0
    }

    fn has(&self, start: u64) -> bool {
        let (word, bit) = self.place(start);
        self.words[word] & bit != 0
    }

    fn place(&self, start: u64) -> (usize, u64) {
        let number = start >> self.unused;
        ((number / 64) as usize, 1 << (number % 64))
    }
}

/// What must be unique in a file.
#[derive(Debug, Default)]
pub(super) struct Unique {
    pub(super) kits: Kits,
    pub(super) tokens: Tokens,
}

impl Unique {
    /// The lines whose kit stands on an earlier line as well, and those whose token does.
    pub(super) fn repeated_lines(&self) -> (Vec<u32>, Vec<u32>) {
        let (kits, tokens) = (&self.kits.keys, &self.tokens.keys);
        let mut search = Search::new(kits.count().max(tokens.count()));
        (search.repeated_lines(kits), search.repeated_lines(tokens))
    }
}

/// The kits of a file.
#[derive(Debug, Default, Clone)]
pub struct Kits {
    keys: Keys<KEY_BYTES>,
    scatter: Scatter,
}

impl Kits {
    pub(super) fn push(&mut self, kit: KitNo, line: u32) {
        self.keys.push(self.scatter.apply(kit.packed()), line);
    }

    /// Each kit with its line, in the order of the lines.
    pub fn iter(&self) -> impl Iterator<Item = (KitNo, u32)> {
        self.keys.iter().map(|(key, line)| (KitNo::from_packed(self.scatter.revert(*key)), line))
    }
}

/// Bytes of a packed kit.
const KEY_BYTES: usize = PACKED_BITS as usize / 8;

/// Makes a hash of a packed kit that can be reverted: a product with an odd number, drawn for every file, of which the
/// lowest 104 bits are kept. Whatever two kits are, the chance that the highest n bits of both are the same is at most 2 in
/// 2^n (Dietzfelbinger and others, "A reliable randomized algorithm for the closest-pair problem", 1997).
#[derive(Debug, Clone)]
struct Scatter {
    factor: u128,
    inverse: u128,
}

impl Default for Scatter {
    fn default() -> Self {
        // SipHash with keys of the operating system.
        let random = RandomState::new();
        let [high, low] = [0, 1].map(|index| random.hash_one(index));
        let factor = u128::from(high) << 64 | u128::from(low) | 1;
        // An odd number is its own inverse modulo 8; each step doubles the bits that are right (Newton).
        let inverse =
            (0..6).fold(factor, |inverse, _| inverse.wrapping_mul(2_u128.wrapping_sub(factor.wrapping_mul(inverse))));
        Self { factor, inverse }
    }
}

impl Scatter {
    fn apply(&self, packed: u128) -> [u8; KEY_BYTES] {
        let product = packed.wrapping_mul(self.factor) << (128 - PACKED_BITS);
        let mut key = [0; KEY_BYTES];
        key.copy_from_slice(&product.to_be_bytes()[..KEY_BYTES]);
        key
    }

    fn revert(&self, key: [u8; KEY_BYTES]) -> u128 {
        let product = key.iter().fold(0, |product, byte| product << 8 | u128::from(*byte));
        product.wrapping_mul(self.inverse) & ((1 << PACKED_BITS) - 1)
    }
}

/// The tokens of a file.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    keys: Keys<8>,
    fingerprints: Fingerprints,
}

impl Tokens {
    /// A token of at most 64 bytes.
    pub(super) fn push(&mut self, token: &[u8], line: u32) {
        self.keys.push(self.fingerprints.of(token).to_be_bytes(), line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_but_the_first_of_a_key_is_a_repetition() {
        let kit = |text: &str| KitNo::parse(text.as_bytes()).unwrap();
        let mut unique = Unique::default();
        for (text, line) in [("A", 2), ("B", 3), ("A", 4), ("ZZZZZZZZZZZZZZZZZZZZ", 5), ("A", 6), ("B", 7)] {
            unique.kits.push(kit(text), line);
            unique.tokens.push(text.as_bytes(), line);
        }
        assert_eq!(unique.repeated_lines(), (vec![4, 6, 7], vec![4, 6, 7]));
        let mut unique = Unique::default();
        for line in 0..100_000 {
            let text = format!("K{}", line % 99_999);
            unique.kits.push(kit(&text), line);
            unique.tokens.push(text.as_bytes(), line);
        }
        assert_eq!(unique.repeated_lines(), (vec![99_999], vec![99_999]));
        assert!(unique.kits.iter().eq((0..100_000).map(|line| (kit(&format!("K{}", line % 99_999)), line))));
    }
}
