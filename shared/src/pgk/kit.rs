//! Kit numbers, packed so that a million of them fit into little memory.

use std::fmt;

/// The number of a kit: 1 to 20 of `A-Z` and `0-9`, at most 11 if only digits. Packed into 104 bits: its characters as
/// digits from 1 to 36.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KitNo(u128);

const BASE: u64 = 36;
/// Characters that fit into 64 bits.
const HALF: usize = 10;
const BASE_TO_HALF: u128 = 36_u128.pow(10);

/// What a character counts; 0: none of ours.
const DIGITS: [u8; 256] = digits();

const fn digits() -> [u8; 256] {
    let mut table = [0; 256];
    let mut digit = 0;
    while digit < 36 {
        let character = if digit < 10 { b'0' + digit } else { b'A' + digit - 10 };
        table[character as usize] = digit + 1;
        digit += 1;
    }
    table
}

impl KitNo {
    /// The only door.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if !is_kit_no(text) {
            return None;
        }
        // Two halves, each in a register; the last has ten characters, so that the number is one sum.
        let (head, tail) = text.split_at(text.len().saturating_sub(HALF));
        Some(Self(u128::from(pack(head)) * BASE_TO_HALF + u128::from(pack(tail))))
    }

    /// The packed number, in the lowest 104 bits.
    pub(super) fn packed(self) -> u128 {
        self.0
    }

    /// A number that was packed before.
    pub(super) fn from_packed(packed: u128) -> Self {
        Self(packed)
    }
}

/// Whether a field is a kit number, or a parent's.
pub(super) fn is_kit_no(text: &[u8]) -> bool {
    if !(1..=20).contains(&text.len()) {
        return false;
    }
    let (mut least, mut most) = (u8::MAX, 0);
    for byte in text {
        let digit = DIGITS[usize::from(*byte)];
        least = least.min(digit);
        most = most.max(digit);
    }
    least > 0 && (most > 10 || text.len() <= 11)
}

fn pack(text: &[u8]) -> u64 {
    text.iter().fold(0, |packed, byte| packed * BASE + u64::from(DIGITS[usize::from(*byte)]))
}

impl fmt::Display for KitNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = u128::from(BASE);
        let mut text = [0; 20];
        let mut start = text.len();
        let mut packed = self.0;
        // Digits from 1 to 36: a number that divides evenly ends in 36.
        while packed > 0 && start > 0 {
            let digit = (packed - 1) % base;
            packed = (packed - 1) / base;
            start -= 1;
            let digit = u8::try_from(digit).unwrap_or_default();
            text[start] = if digit < 10 { b'0' + digit } else { b'A' + digit - 10 };
        }
        f.write_str(std::str::from_utf8(&text[start..]).unwrap_or_default())
    }
}

/// Kit numbers are kept out of logs.
impl fmt::Debug for KitNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_number_is_upper_case_and_digits() {
        for (text, want) in [
            ("0", true),
            ("9", true),
            ("Z", true),
            ("00000000001", true),
            ("000000000012", false),
            ("A", true),
            ("ABCDEFGHIJ", true),
            ("ABCDEFGHIJK", true),
            ("ABCDEFGHIJKLMNOPQRST", true),
            ("ZZZZZZZZZZZZZZZZZZZZ", true),
            ("ABCDEFGHIJKLMNOPQRSTU", false),
            ("0000000000000000000Z", true),
            ("", false),
            ("a", false),
            ("A-1", false),
            (" A", false),
        ] {
            let kit = KitNo::parse(text.as_bytes());
            assert_eq!(kit.is_some(), want, "{text:?}");
            assert!(kit.is_none_or(|kit| kit.to_string() == text), "{text:?} prints as itself");
            assert!(kit.is_none_or(|kit| kit.packed() < 1 << 104), "{text:?} is packed tightly");
        }
    }

    #[test]
    fn no_two_numbers_are_packed_alike() {
        let alphabet = ["0", "9", "A", "Z"];
        let mut seen = std::collections::HashSet::new();
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            texts = texts.iter().flat_map(|text| alphabet.map(|letter| format!("{text}{letter}"))).collect();
            for text in &texts {
                assert!(seen.insert(KitNo::parse(text.as_bytes()).unwrap().packed()), "{text}");
            }
        }
    }
}
