//! Kit numbers, packed so that a million of them fit into little memory.

use std::fmt;
use std::ops::Range;

/// The number of a kit: 1 to 20 of `A-Z` and `0-9`, at most 11 if only digits. Packed into 104 bits: its characters as
/// digits from 1 to 36.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KitNo(u128);

/// Bits of a packed number.
pub(super) const PACKED_BITS: u32 = 104;
const BASE: u64 = 36;
/// Characters that fit into 64 bits.
const HALF: usize = 10;
/// Characters that are packed at once.
const WORD: usize = 8;
/// What a character counts more than the eighth after it.
const WORD_BASE: u64 = BASE.pow(8);
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

    /// The number at a place in a line where one is known to be, behind the record's type and its number.
    pub(super) fn at(line: &[u8], place: &Range<usize>) -> Option<Self> {
        let length = place.len();
        let word = |words: usize| {
            let end = place.end - words * WORD;
            let word = line.get(end.checked_sub(WORD)?..end)?.first_chunk()?;
            Some(pack_word(u64::from_le_bytes(*word), WORD.saturating_sub(length - words * WORD)))
        };
        let mut start = if length > WORD { word(1)? } else { 0 };
        if length > 2 * WORD {
            start += word(2)? * WORD_BASE;
        }
        Some(Self(u128::from(start) * u128::from(WORD_BASE) + u128::from(word(0)?)))
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

/// Eight characters at once, as [`pack`] does one by one; the first `unused` of them count nothing.
fn pack_word(word: u64, unused: usize) -> u64 {
    // Digits become 1 to 10, and letters, of which alone bit 6 is set, 11 to 36.
    let letters = (word >> 6) & 0x0101_0101_0101_0101;
    let ones = word.wrapping_sub(0x2F2F_2F2F_2F2F_2F2F).wrapping_sub(letters * 7);
    let ones = ones >> (8 * unused) << (8 * unused);
    let pairs = (ones & 0x00FF_00FF_00FF_00FF) * BASE + ((ones >> 8) & 0x00FF_00FF_00FF_00FF);
    let fours = (pairs & 0x0000_FFFF_0000_FFFF) * BASE.pow(2) + ((pairs >> 16) & 0x0000_FFFF_0000_FFFF);
    (fours & 0xFFFF_FFFF) * BASE.pow(4) + (fours >> 32)
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
            let line = format!("D|000001|{text}|");
            assert!(kit.is_none_or(|kit| KitNo::at(line.as_bytes(), &(9..9 + text.len())) == Some(kit)), "{text:?}");
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
