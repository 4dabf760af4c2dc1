//! Scatters numbers of 128 bits, so that nobody can make many that begin alike.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// A product with an odd number that is drawn for every file, which can be reverted. Whatever two numbers are, the chance that the highest n bits of both are the same is at most 2 in 2^n (Dietzfelbinger and others, "A reliable
/// randomized algorithm for the closest-pair problem", 1997).
#[derive(Debug, Clone, Copy)]
pub(super) struct Scatter {
    factor: u128,
}

impl Default for Scatter {
    fn default() -> Self {
        // SipHash with keys of the operating system.
        let random = RandomState::new();
        let [high, low] = [0, 1].map(|index| random.hash_one(index));
        Self { factor: u128::from(high) << 64 | u128::from(low) | 1 }
    }
}

impl Scatter {
    pub(super) fn apply(self, number: u128) -> u128 {
        number.wrapping_mul(self.factor)
    }

    /// The number that was scattered.
    pub(super) fn revert(self, scattered: u128) -> u128 {
        // An odd number is its own inverse modulo 8; each step doubles the bits that are right (Newton).
        let step = |inverse: u128| inverse.wrapping_mul(2_u128.wrapping_sub(self.factor.wrapping_mul(inverse)));
        scattered.wrapping_mul((0..6).fold(self.factor, |inverse, _| step(inverse)))
    }

    /// The highest 64 bits.
    pub(super) fn hash(self, number: u128) -> u64 {
        (self.apply(number) >> 64) as u64
    }
}
