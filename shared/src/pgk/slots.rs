//! The slots of a block, and their binary form.

/// The number of slots in a block.
const SLOTS: u16 = 1_000;
const WORDS: usize = SLOTS.div_ceil(64) as usize;
/// The size of a bitmap, in bytes.
const BITMAP_BYTES: usize = SLOTS as usize / 8;

/// A set of slots of one block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slots([u64; WORDS]);

impl Slots {
    /// Adds a slot below 1,000. Returns whether it is new.
    pub fn insert(&mut self, slot: u16) -> bool {
        let (word, bit) = (&mut self.0[usize::from(slot / 64)], 1 << (slot % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether a slot is in the set.
    #[must_use]
    pub fn contains(&self, slot: u16) -> bool {
        self.0.get(usize::from(slot / 64)).is_some_and(|word| word & 1 << (slot % 64) != 0)
    }

    /// Whether no slot is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the slots in ascending order.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        (0..SLOTS).filter(move |slot| self.contains(*slot))
    }

    /// Returns the slots in both sets.
    #[must_use]
    pub fn shared_with(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    /// Returns the slots that are not in the other set.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }

    /// Returns the slots in either set.
    #[must_use]
    pub fn joined_with(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// Returns a bitmap of 125 bytes, slot by slot from the lowest bit of the first byte, or a list of 16-bit numbers
    /// (big-endian) if that is shorter.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let list: Vec<u8> = self.iter().take(BITMAP_BYTES.div_ceil(2)).flat_map(u16::to_be_bytes).collect();
        if list.len() < BITMAP_BYTES {
            return list;
        }
        self.0.iter().flat_map(|word| word.to_le_bytes()).take(BITMAP_BYTES).collect()
    }

    /// Parses the output of [`Slots::to_bytes`]. The length of a bitmap is odd, that of a list is even.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut slots = Self::default();
        if bytes.len() == BITMAP_BYTES {
            for (word, bytes) in slots.0.iter_mut().zip(bytes.chunks(8)) {
                *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            }
            return Some(slots);
        }
        let (list, []) = bytes.as_chunks() else { return None };
        for slot in list.iter().map(|bytes| u16::from_be_bytes(*bytes)) {
            if slot >= SLOTS {
                return None;
            }
            slots.insert(slot);
        }
        Some(slots)
    }
}

impl FromIterator<u16> for Slots {
    fn from_iter<I: IntoIterator<Item = u16>>(slots: I) -> Self {
        slots.into_iter().fold(Self::default(), |mut set, slot| {
            set.insert(slot);
            set
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slots_are_written_in_the_shorter_of_two_forms() {
        for (slots, bytes) in [(0..0, 0), (7..8, 2), (0..62, 124), (0..63, 125), (0..1_000, 125)] {
            let slots: Slots = slots.collect();
            assert_eq!(slots.to_bytes().len(), bytes);
            assert_eq!(Slots::from_bytes(&slots.to_bytes()), Some(slots));
        }
        assert_eq!(Slots::from_iter([1, 258]).to_bytes(), [0, 1, 1, 2]);
        assert_eq!((100..200).collect::<Slots>().to_bytes()[12..26], [&[0xF0][..], &[0xFF; 12], &[0]].concat());
        for wrong in [&[0][..], &[3, 232], &[0; 126][..123], &[1; 127]] {
            assert_eq!(Slots::from_bytes(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn sets_of_slots_are_sets(left in proptest::collection::btree_set(0_u16..1_000, 0..200), right in proptest::collection::btree_set(0_u16..1_000, 0..200)) {
            let (one, other): (Slots, Slots) = (left.iter().copied().collect(), right.iter().copied().collect());
            prop_assert!(one.iter().eq(left.iter().copied()));
            prop_assert!(one.shared_with(&other).iter().eq(left.intersection(&right).copied()));
            prop_assert!(one.without(&other).iter().eq(left.difference(&right).copied()));
            prop_assert!(one.joined_with(&other).iter().eq(left.union(&right).copied()));
            prop_assert_eq!(one.is_empty(), left.is_empty());
            prop_assert_eq!(Slots::from_bytes(&one.to_bytes()), Some(one));
        }
    }
}
