//! Which lines repeat a number of an earlier line. Kept as one flat list of 16 bytes a line, in the order of the lines,
//! and compared only at the end of the file: a set that is asked at every line would wait for memory at every line.

use super::kit::KitNo;

/// Bits of the line's number; the key has the rest.
const LINE_BITS: u32 = 24;
/// Buckets into which the list is dealt, so that each can be sorted within the processor's cache.
const BUCKET_BITS: u32 = 11;
const BUCKETS: usize = 1 << BUCKET_BITS;

/// Keys of 104 bits, each with the line on which it stands.
#[derive(Debug, Default, Clone)]
pub(super) struct Keys(Vec<u128>);

impl Keys {
    pub(super) fn push(&mut self, key: u128, line: u32) {
        self.0.push((key << LINE_BITS) | u128::from(line & ((1 << LINE_BITS) - 1)));
    }

    /// The lines whose key stands on an earlier line as well.
    pub(super) fn repeated_lines(&self) -> Vec<u32> {
        let mut repeated = Vec::new();
        let mut dealt = deal(&self.0);
        for bucket in &mut dealt {
            bucket.sort_unstable();
            let pairs = bucket.windows(2).filter(|pair| pair[0] >> LINE_BITS == pair[1] >> LINE_BITS);
            repeated.extend(pairs.map(|pair| line_of(pair[1])));
        }
        repeated.sort_unstable();
        repeated
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = (u128, u32)> {
        self.0.iter().map(|entry| (entry >> LINE_BITS, line_of(*entry)))
    }
}

/// Deals entries into buckets by a hash of their keys.
fn deal(entries: &[u128]) -> Vec<Vec<u128>> {
    let mut counts = vec![0_usize; BUCKETS];
    for entry in entries {
        counts[bucket_of(*entry)] += 1;
    }
    let mut buckets: Vec<Vec<u128>> = counts.into_iter().map(Vec::with_capacity).collect();
    for entry in entries {
        buckets[bucket_of(*entry)].push(*entry);
    }
    buckets
}

/// Multiplication by an odd constant carries every bit of the key into the highest ones.
fn bucket_of(entry: u128) -> usize {
    let key = entry >> LINE_BITS;
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of a number")]
    let (low, high) = (key as u64, (key >> 64) as u64);
    let mixed = (low ^ high.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> (64 - BUCKET_BITS)).unwrap_or_default()
}

fn line_of(entry: u128) -> u32 {
    u32::try_from(entry & ((1 << LINE_BITS) - 1)).unwrap_or_default()
}

/// The kits of a file in the order of its lines.
#[derive(Debug, Default, Clone)]
pub struct Kits(Keys);

impl Kits {
    pub(super) fn push(&mut self, kit: KitNo, line: u32) {
        self.0.push(kit.packed(), line);
    }

    pub(super) fn repeated_lines(&self) -> Vec<u32> {
        self.0.repeated_lines()
    }

    /// Each kit with its line.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (KitNo, u32)> {
        self.0.iter().map(|(key, line)| (KitNo::from_packed(key), line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_but_the_first_of_a_key_is_a_repetition() {
        let mut keys = Keys::default();
        for (key, line) in [(7, 2), (9, 3), (7, 4), (1 << 103, 5), (7, 6), (9, 7)] {
            keys.push(key, line);
        }
        assert_eq!(keys.repeated_lines(), [4, 6, 7]);
        let mut many = Keys::default();
        for line in 0..100_000 {
            many.push(u128::from(line % 99_999) << 40, line);
        }
        assert_eq!(many.repeated_lines(), [99_999]);
    }
}
