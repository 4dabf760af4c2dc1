//! A list of items by line, and the lines whose item is repeated.

/// The number of items that are looked at together.
const BATCH: usize = 256;

/// Items in the order of their lines, without a number for each.
#[derive(Debug)]
pub(super) struct Lined<T> {
    items: Vec<T>,
    /// Each item whose line does not follow the line of the item before it: its index, and its line.
    jumps: Vec<(usize, u32)>,
    next_line: u32,
}

impl<T> Default for Lined<T> {
    fn default() -> Self {
        Self { items: Vec::new(), jumps: Vec::new(), next_line: 0 }
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

    pub(super) fn into_items(self) -> Vec<T> {
        self.items
    }

    /// Returns the lines whose item is on an earlier line as well, in ascending order. `hash` must be seeded: nobody may be
    /// able to choose many items whose hashes have their highest bits in common.
    pub(super) fn repeated_lines(&self, hash: impl Fn(T) -> u64) -> Vec<u32> {
        let shared = self.shared_bits(&hash);
        // The few items whose hash begins like another one; all repeated items are among them.
        let hashes = self.items.iter().map(|item| hash(*item)).zip(0..);
        let mut suspects: Vec<(u64, usize)> = hashes.filter(|(hash, _)| shared.has(*hash)).collect();
        suspects.sort_unstable();
        let pairs = suspects.array_windows().filter(|[(one_hash, one), (other_hash, other)]| {
            one_hash == other_hash && self.items[*one] == self.items[*other]
        });
        let mut lines: Vec<_> = pairs.map(|[_, (_, index)]| self.line(*index)).collect();
        lines.sort_unstable();
        lines
    }

    /// Returns the bits with which more than one hash begins.
    fn shared_bits(&self, hash: impl Fn(T) -> u64) -> Bits {
        let (mut seen, mut shared) = (Bits::new(16 * self.items.len()), Bits::new(8 * self.items.len()));
        for items in self.items.chunks(BATCH) {
            // No branch here: each that the processor mispredicts would wait for memory.
            let (mut again, mut count) = ([0; BATCH], 0);
            for item in items {
                again[count] = hash(*item);
                count += usize::from(seen.set(again[count]));
            }
            for hash in &again[..count] {
                shared.set(*hash);
            }
        }
        shared
    }

    /// Returns the line of an item.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer items than lines")]
    fn line(&self, index: usize) -> u32 {
        let next = self.jumps.partition_point(|(start, _)| *start <= index);
        let (start, line) = next.checked_sub(1).map_or((0, 0), |last| self.jumps[last]);
        line.wrapping_add((index - start) as u32)
    }
}

/// A set of the numbers that hashes begin with.
struct Bits {
    words: Vec<u64>,
    /// How many of a hash's bits do not belong to the number.
    unused: u32,
}

impl Bits {
    /// An empty set of at least `count` numbers.
    fn new(count: usize) -> Self {
        let count = count.next_power_of_two().max(64);
        Self { words: vec![0; count / 64], unused: 64 - count.trailing_zeros() }
    }

    /// Sets a hash's bit. Returns whether it was set before.
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
        let mut items = Lined::default();
        for line in 0..100_000 {
            items.push(u64::from(line % 99_999), line);
        }
        assert_eq!(items.repeated_lines(|item| item.wrapping_mul(0x9E37_79B9_7F4A_7C15)), [99_999]);
    }
}
