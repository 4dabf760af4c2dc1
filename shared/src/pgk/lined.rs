//! What stands on the lines of a file, to be looked through at its end: 8 or 16 bytes a line. A set that is asked at every line
//! would wait for memory at every line.

use super::pieces::Pieces;

/// Items that are looked at together.
const BATCH: usize = 256;

/// Items in the order of their lines.
#[derive(Debug, Clone)]
pub(super) struct Lined<T> {
    items: Pieces<T>,
    /// A place in the list, and the line of the item there: from each to the next, lines follow each other.
    jumps: Vec<(usize, u32)>,
    next_line: u32,
}

impl<T> Default for Lined<T> {
    fn default() -> Self {
        Self { items: Pieces::default(), jumps: Vec::new(), next_line: 0 }
    }
}

impl<T: Copy + PartialEq> Lined<T> {
    pub(super) fn push(&mut self, item: T, line: u32) {
        if line != self.next_line {
            self.jumps.push((self.items.len(), line));
        }
        self.next_line = line.wrapping_add(1);
        self.items.push(item);
    }

    /// Each item with its line.
    pub(super) fn iter(&self) -> impl Iterator<Item = (T, u32)> {
        self.items.pieces().flatten().copied().zip(0..).map(|(item, place)| (item, self.line(place)))
    }

    pub(super) fn into_vec(self) -> Vec<T> {
        self.items.into_vec()
    }

    /// The lines whose item stands on an earlier line as well, in ascending order. Nobody must be able to make many items
    /// whose hashes have their highest bits in common.
    pub(super) fn repeated_lines(&self, hash: impl Fn(T) -> u64) -> Vec<u32> {
        let doubtful = self.doubtful_bits(&hash);
        // The few items whose hash begins like another's. Equal ones are among them.
        let mut same = Vec::new();
        for (piece, place) in self.items.pieces().zip((0..).step_by(Pieces::<T>::PIECE)) {
            for (item, place) in piece.iter().zip(place..) {
                let hash = hash(*item);
                if doubtful.has(hash) {
                    same.push((hash, place));
                }
            }
        }
        same.sort_unstable();
        let pairs = same.array_windows().filter(|[(one_hash, one), (other_hash, other)]| {
            one_hash == other_hash && self.items.get(*one) == self.items.get(*other)
        });
        let mut lines: Vec<_> = pairs.map(|[_, (_, place)]| self.line(*place)).collect();
        lines.sort_unstable();
        lines
    }

    /// The bits with which more than one hash begins.
    fn doubtful_bits(&self, hash: impl Fn(T) -> u64) -> Bits {
        let (mut seen, mut doubtful) = (Bits::new(16 * self.items.len()), Bits::new(8 * self.items.len()));
        for items in self.items.pieces().flat_map(|piece| piece.chunks(BATCH)) {
            // No condition here: each that the processor guesses wrongly would wait for memory.
            let (mut again, mut count) = ([0; BATCH], 0);
            for item in items {
                again[count] = hash(*item);
                count += usize::from(seen.set(again[count]));
            }
            for hash in &again[..count] {
                doubtful.set(*hash);
            }
        }
        doubtful
    }

    /// The line of the item at a place.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer items than lines")]
    fn line(&self, place: usize) -> u32 {
        let next = self.jumps.partition_point(|(start, _)| *start <= place);
        let (start, line) = next.checked_sub(1).map_or((0, 0), |last| self.jumps[last]);
        line.wrapping_add((place - start) as u32)
    }
}

/// A bit for each number that hashes may begin with.
struct Bits {
    words: Vec<u64>,
    /// How many bits of a hash such a number does not have.
    unused: u32,
}

impl Bits {
    /// At least so many.
    fn new(count: usize) -> Self {
        let count = count.next_power_of_two().max(64);
        Self { words: vec![0; count / 64], unused: 64 - count.trailing_zeros() }
    }

    /// Sets a hash's bit; returns whether it was set before.
    fn set(&mut self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        let before = self.words[word];
        self.words[word] = before | bit;
        before & bit != 0
    }

    fn has(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.words[word] & bit != 0
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let number = hash >> self.unused;
        ((number / 64) as usize, 1 << (number % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_but_the_first_of_an_item_is_a_repetition() {
        let mut items = Lined::default();
        for (item, line) in [(1_u64, 2), (2, 3), (1, 4), (u64::MAX, 5), (1, 6), (2, 8)] {
            items.push(item, line);
        }
        for hash in [|item: u64| item, |item: u64| item.wrapping_mul(0x9E37_79B9_7F4A_7C15)] {
            assert_eq!(items.repeated_lines(hash), [4, 6, 8]);
        }
        assert_eq!(items.iter().last(), Some((2, 8)));
        let mut items = Lined::default();
        for line in 0..100_000 {
            items.push(u64::from(line % 99_999), line);
        }
        assert_eq!(items.repeated_lines(|item| item.wrapping_mul(0x9E37_79B9_7F4A_7C15)), [99_999]);
    }
}
