//! Kit numbers and their blocks, packed, so that a million of them fit into little memory.

use std::fmt;
use std::ops::Range;

use super::block_key::{BASE, BlockKey, write_packed};
use super::guard;
use super::slots::Slots;
use crate::domain::{Field, Json};

/// The number of a kit: 1 to 20 of `A-Z` and `0-9`, at most 11 if only digits. It is a slot in a block: its last digits, at
/// most three, are the slot, and the characters before them are the block.
///
/// The lowest bits are the slot, and the bits above them the block's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KitNo(u128);

/// The number of bits of a slot.
const SLOT_BITS: u32 = 10;
/// The number of characters that fit into 64 bits.
const HALF: usize = 10;
/// The number of characters that are packed at once.
const WORD: usize = 8;
const BASE_TO_WORD: u64 = BASE.pow(8);
const BASE_TO_HALF: u128 = 36_u128.pow(10);

/// The value of each character, from 1 on; 0 for those that a kit number must not contain.
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
    /// Parses and validates.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if !is_kit_no(text) {
            return None;
        }
        let (digits, slot) = last_digits(text);
        // Two halves of at most 64 bits; the last has ten characters unless it is the only one.
        let prefix = &text[..text.len() - digits];
        let (head, tail) = prefix.split_at(prefix.len().saturating_sub(HALF));
        let packed = u128::from(pack(head)) * BASE_TO_HALF + u128::from(pack(tail));
        Some(BlockKey::new(packed, digits).kit(slot))
    }

    /// Returns the number at a place in a line where a valid one is known to be, after the fields `D` and `seq`.
    pub(super) fn at(line: &[u8], place: &Range<usize>) -> Option<Self> {
        // The number follows a separator, which is not a digit.
        let (digits, slot) = last_digits(line.get(..place.end)?);
        let end = place.end - digits;
        let length = end.checked_sub(place.start)?;
        let word = |words: usize| {
            let end = end - words * WORD;
            let word = line.get(end.checked_sub(WORD)?..end)?.first_chunk()?;
            Some(pack_word(u64::from_le_bytes(*word), WORD.saturating_sub(length - words * WORD)))
        };
        let mut start = if length > WORD { word(1)? } else { 0 };
        if length > 2 * WORD {
            start += word(2)? * BASE_TO_WORD;
        }
        let last = if length > 0 { word(0)? } else { 0 };
        let packed = u128::from(start) * u128::from(BASE_TO_WORD) + u128::from(last);
        Some(BlockKey::new(packed, digits).kit(slot))
    }

    /// Returns its block.
    #[must_use]
    pub fn block(self) -> BlockKey {
        BlockKey(self.0 >> SLOT_BITS)
    }

    /// Returns its slot in the block, below 1,000.
    #[must_use]
    pub fn slot(self) -> u16 {
        (self.0 & ((1 << SLOT_BITS) - 1)) as u16
    }

    /// Returns all of its bits.
    pub(super) fn packed(self) -> u128 {
        self.0
    }
}

impl Field for KitNo {
    const RULE: &'static str = "must be a string of 1 to 20 of A-Z and 0-9, at most 11 digits in a row";

    fn read(json: &Json) -> Option<Self> {
        let Json::Text(text) = json else { return None };
        Self::parse(text.as_bytes()).filter(|_| !guard::trips(text.as_bytes()))
    }
}

/// Returns how many digits a text ends in, at most three, and the number that they make. It reads four bytes at once without
/// a branch, which the processor would mispredict too often where letters and digits mix.
fn last_digits(text: &[u8]) -> (usize, u16) {
    let last = text.last_chunk().copied().unwrap_or_else(|| {
        let mut last = [0; 4];
        last[4 - text.len()..].copy_from_slice(text);
        last
    });
    let values = u32::from_le_bytes(last) ^ 0x3030_3030;
    // Bit 7 of a byte is set if it is not a digit. The first of the four never counts as one.
    let others = (values | ((values & 0x7F7F_7F7F) + 0x7676_7676)) & 0x8080_8080 | 0x80;
    let digits = others.leading_zeros() / 8;
    let unused = 32 - 8 * digits;
    let [_, hundreds, tens, ones, ..] = (u64::from(values) >> unused << unused).to_le_bytes();
    (digits as usize, u16::from(hundreds) * 100 + u16::from(tens) * 10 + u16::from(ones))
}

/// Whether a field has the form of a kit number, as that of a parent also must.
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

/// Packs eight characters at once, as [`pack`] does one by one. The first `unused` of them are left out.
fn pack_word(word: u64, unused: usize) -> u64 {
    // Digits become 1 to 10. Letters, the only characters with bit 6 set, become 11 to 36.
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

impl BlockKey {
    /// Parses what `Display` prints.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, digits) = text.split_once('#')?;
        let zeros = "000".get(..digits.parse().ok()?)?;
        let first = KitNo::parse(format!("{prefix}{zeros}").as_bytes())?;
        (first.block().to_string() == text).then(|| first.block())
    }

    fn kit(self, slot: u16) -> KitNo {
        KitNo(self.0 << SLOT_BITS | u128::from(slot))
    }

    /// Returns the kits in these slots of the block.
    pub fn kits(self, slots: Slots) -> impl Iterator<Item = KitNo> {
        slots.iter().map(move |slot| self.kit(slot))
    }
}

impl TryFrom<String> for BlockKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not the key of a kit block")
    }
}

impl fmt::Display for KitNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_packed(self.block().prefix(), f)?;
        match self.block().digits() {
            0 => Ok(()),
            digits => write!(f, "{:0digits$}", self.slot()),
        }
    }
}

/// Keeps kit numbers out of logs.
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
            assert!(kit.is_none_or(|kit| kit.block().0 < 1 << 106), "{text:?} is packed tightly");
            let line = format!("D|000001|{text}|");
            assert!(kit.is_none_or(|kit| KitNo::at(line.as_bytes(), &(9..9 + text.len())) == Some(kit)), "{text:?}");
        }
    }

    #[test]
    fn the_last_digits_are_the_slot() {
        for (text, block, slot) in [
            ("4240161732", "4240161#3", 732),
            ("AB1", "AB#1", 1),
            ("AB", "AB#0", 0),
            ("0", "#1", 0),
            ("007", "#3", 7),
            ("1007", "1#3", 7),
            ("A1B99", "A1B#2", 99),
            ("ZZZZZZZZZZZZZZZZZZZZ", "ZZZZZZZZZZZZZZZZZZZZ#0", 0),
            ("ZZZZZZZZZZZZZZZZZ999", "ZZZZZZZZZZZZZZZZZ#3", 999),
        ] {
            let kit = KitNo::parse(text.as_bytes()).unwrap();
            assert_eq!((kit.block().to_string().as_str(), kit.slot()), (block, slot), "{text}");
            assert_eq!(BlockKey::parse(block), Some(kit.block()), "{block}");
            assert_eq!(kit.block().kit(slot).to_string(), text);
        }
        for text in ["", "#", "#0", "A#4", "A1#1", "A#03", "A", "a#1", "123456789#3", "A#-1"] {
            assert_eq!(BlockKey::parse(text), None, "{text:?}");
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
                assert!(seen.insert(KitNo::parse(text.as_bytes()).unwrap()), "{text}");
            }
        }
    }
}
