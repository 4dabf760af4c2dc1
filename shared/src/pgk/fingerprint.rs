//! Fingerprints: 64 bits that stand for a token or a kit number.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// The size of a word, in bytes.
const WORD: usize = 8;
/// The words of the longest text.
const WORDS_MAX: usize = 8;

/// A hash with secret keys: each word of 64 bits is multiplied by a random number of 128 bits, and the highest 64 bits of
/// the sum are kept. Any two texts collide with probability 2^-64 (Dietzfelbinger, "Universal hashing and k-wise independent
/// random variables via integer arithmetic without primes", 1996), any two of a million texts with probability 2^-25. Each
/// upload of a file uses new keys.
#[derive(Debug, Clone)]
pub(super) struct Fingerprints {
    factors: [u128; WORDS_MAX],
    summand: u128,
}

impl Default for Fingerprints {
    fn default() -> Self {
        // SipHash with keys from the operating system.
        let random = RandomState::new();
        let number = |index: usize| {
            let [high, low] = [2 * index, 2 * index + 1].map(|index| random.hash_one(index));
            u128::from(high) << 64 | u128::from(low)
        };
        Self { factors: std::array::from_fn(number), summand: number(WORDS_MAX) }
    }
}

impl Fingerprints {
    /// Returns the fingerprint of a number. Two numbers have the same highest n bits in it with a probability of at most 2 in
    /// 2^n (Dietzfelbinger and others, "A reliable randomized algorithm for the closest-pair problem", 1997).
    pub(super) fn of_number(&self, number: u128) -> u64 {
        (number.wrapping_mul(self.factors[0] | 1) >> 64) as u64
    }

    /// Returns the fingerprint of at most 64 printable bytes.
    pub(super) fn of_text(&self, text: &[u8]) -> u64 {
        let (words, rest) = text.as_chunks::<WORD>();
        // Only the padding of a short word has zero bytes, so no two texts have the same words.
        let last = match text.last_chunk() {
            Some(last) if !rest.is_empty() => u64::from_le_bytes(*last) >> (8 * (WORD - rest.len())),
            _ => rest.iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte)),
        };
        let words = words.iter().map(|word| u64::from_le_bytes(*word)).chain([last]);
        let products = words.zip(&self.factors).map(|(word, factor)| factor.wrapping_mul(u128::from(word)));
        (products.fold(self.summand, u128::wrapping_add) >> 64) as u64
    }
}
