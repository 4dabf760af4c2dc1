//! Kit numbers, packed so that a million of them fit into little memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

/// The number of a kit: 1 to 20 of `A-Z` and `0-9`, at most 11 if only digits. Packed: its characters in base 37.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KitNo(u128);

const BASE: u128 = 37;

impl KitNo {
    /// The only door.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let length_max = if text.iter().all(u8::is_ascii_digit) { 11 } else { 20 };
        if !(1..=length_max).contains(&text.len()) {
            return None;
        }
        text.iter()
            .try_fold(0, |packed, byte| {
                let digit = match byte {
                    b'0'..=b'9' => byte - b'0' + 1,
                    b'A'..=b'Z' => byte - b'A' + 11,
                    _ => return None,
                };
                Some(packed * BASE + u128::from(digit))
            })
            .map(Self)
    }
}

impl fmt::Display for KitNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 20];
        let mut start = text.len();
        let mut packed = self.0;
        while packed > 0 && start > 0 {
            start -= 1;
            let digit = u8::try_from(packed % BASE).unwrap_or_default();
            text[start] = if digit <= 10 { b'0' + digit - 1 } else { b'A' + digit - 11 };
            packed /= BASE;
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

/// The kits of a file, each with the line on which it stands.
#[derive(Debug, Default, Clone)]
pub struct Kits(HashMap<KitNo, u32>);

impl Kits {
    /// Adds a kit; `false` if the file has it already.
    pub(super) fn insert(&mut self, kit: KitNo, line: u32) -> bool {
        match self.0.entry(kit) {
            Entry::Vacant(place) => {
                place.insert(line);
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    /// All kits, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (KitNo, u32)> {
        self.0.iter().map(|(kit, line)| (*kit, *line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_number_is_upper_case_and_digits() {
        for (text, want) in [
            ("0", true),
            ("00000000001", true),
            ("000000000012", false),
            ("A", true),
            ("ABCDEFGHIJKLMNOPQRST", true),
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
        }
    }
}
