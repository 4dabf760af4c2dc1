//! What must be unique in a file: kits, which are gathered by block, and tokens. Of tokens 8 bytes a line are kept and compared
//! only at the end of the file: a set that is asked at every line would wait for memory at every line.

use super::blocks::Kits;
use super::fingerprint::Fingerprints;
use super::pieces::Pieces;

/// Keys that are looked at together.
const BATCH: usize = 256;

/// What must be unique in a file.
#[derive(Debug, Default)]
pub(super) struct Unique {
    pub(super) kits: Kits,
    pub(super) tokens: Tokens,
}

/// The tokens of a file: their fingerprints in the order of the lines, the highest bits of which nobody can choose.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    fingerprints: Fingerprints,
    kept: Pieces<u64>,
    /// A place in the list, and the line of the token there: from each to the next, lines follow each other.
    jumps: Vec<(usize, u32)>,
    next_line: u32,
}

impl Tokens {
    /// Adds the token on a line, of at most 64 bytes.
    pub(super) fn push(&mut self, token: &[u8], line: u32) {
        if line != self.next_line {
            self.jumps.push((self.kept.len(), line));
        }
        self.next_line = line.wrapping_add(1);
        self.kept.push(self.fingerprints.of(token));
    }

    /// The lines whose token stands on an earlier line as well, in ascending order.
    pub(super) fn repeated_lines(&self) -> Vec<u32> {
        let mut same = self.doubtful();
        same.sort_unstable();
        let pairs = same.array_windows().filter(|[(earlier, _), (later, _)]| earlier == later);
        let mut lines: Vec<_> = pairs.map(|[_, (_, place)]| self.line(*place)).collect();
        lines.sort_unstable();
        lines
    }

    /// The few tokens that begin like others, each with its place. Equal ones are among them.
    fn doubtful(&self) -> Vec<(u64, usize)> {
        let (mut seen, mut doubtful) = (Bits::new(16 * self.kept.len()), Bits::new(8 * self.kept.len()));
        for tokens in self.kept.pieces().flat_map(|piece| piece.chunks(BATCH)) {
            // No condition here: each that the processor guesses wrongly would wait for memory.
            let (mut again, mut count) = ([0; BATCH], 0);
            for token in tokens {
                again[count] = *token;
                count += usize::from(seen.set(*token));
            }
            for token in &again[..count] {
                doubtful.set(*token);
            }
        }
        let tokens = self.kept.pieces().flatten().copied().zip(0..);
        tokens.filter(|(token, _)| doubtful.has(*token)).collect()
    }

    /// The line of the token at a place.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer tokens than lines")]
    fn line(&self, place: usize) -> u32 {
        let next = self.jumps.partition_point(|(start, _)| *start <= place);
        let (start, line) = next.checked_sub(1).map_or((0, 0), |last| self.jumps[last]);
        line.wrapping_add((place - start) as u32)
    }
}

/// A bit for each number that fingerprints may begin with.
struct Bits {
    words: Vec<u64>,
    /// How many bits of a fingerprint such a number does not have.
    unused: u32,
}

impl Bits {
    /// At least so many.
    fn new(count: usize) -> Self {
        let count = count.next_power_of_two().max(64);
        Self { words: vec![0; count / 64], unused: 64 - count.trailing_zeros() }
    }

    /// Sets a token's bit; returns whether it was set before.
    fn set(&mut self, token: u64) -> bool {
        let (word, bit) = self.place(token);
        let before = self.words[word];
        self.words[word] = before | bit;
        before & bit != 0
    }

    fn has(&self, token: u64) -> bool {
        let (word, bit) = self.place(token);
        self.words[word] & bit != 0
    }

    fn place(&self, token: u64) -> (usize, u64) {
        let number = token >> self.unused;
        ((number / 64) as usize, 1 << (number % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_but_the_first_of_a_token_is_a_repetition() {
        let mut tokens = Tokens::default();
        for (text, line) in [("A", 2), ("B", 3), ("A", 4), ("ZZZZZZZZZZZZZZZZZZZZ", 5), ("A", 6), ("B", 8)] {
            tokens.push(text.as_bytes(), line);
        }
        assert_eq!(tokens.repeated_lines(), [4, 6, 8]);
        let mut tokens = Tokens::default();
        for line in 0..100_000 {
            tokens.push(format!("K{}", line % 99_999).as_bytes(), line);
        }
        assert_eq!(tokens.repeated_lines(), [99_999]);
    }
}
