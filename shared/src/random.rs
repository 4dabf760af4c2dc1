//! Chance, for pauses after which those who met shall not meet again.

use ulid::Ulid;

/// A number below `bound`; 0 where there is none.
#[must_use]
pub fn below(bound: u64) -> u64 {
    let random = Ulid::generate().random() % u128::from(bound.max(1));
    u64::try_from(random).unwrap_or_default()
}
