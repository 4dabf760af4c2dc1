//! The guard against clear card numbers: no text that holds one is stored, logged or sent back.
//!
//! A text is read once. `characters` sorts its characters into digits and separators, `groups` checks neighbouring
//! groups of digits whenever one ends, `networks` knows the lengths of card numbers, and `identifiers` recognizes UUIDs
//! and IBANs. A text with fewer than 13 digits is not read at all.

mod characters;
mod groups;
mod identifiers;
mod networks;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use super::Bin;
use characters::CharacterKind;
use groups::DigitGroups;

/// The number of digits of a card number.
const DIGITS: RangeInclusive<usize> = 13..=19;

/// Finds the card numbers of every card network, and those of further BINs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guard<'a> {
    bins: &'a [Bin],
}

/// Whether a text holds what may be the card number of a card network.
#[must_use]
pub fn is_in(text: &str) -> bool {
    Guard::default().is_in(text)
}

/// Replaces every card number in a text with `***`. Returns the text and the number of replacements.
#[must_use]
pub fn mask(text: &str) -> (Cow<'_, str>, usize) {
    let (mut masked, mut end, mut count) = (String::new(), 0, 0);
    while let Some(found) = Guard::default().find(text, end) {
        masked.push_str(&text[end..found.start]);
        masked.push_str("***");
        end = found.end;
        count += 1;
    }
    if count == 0 { (text.into(), 0) } else { ((masked + &text[end..]).into(), count) }
}

impl<'a> Guard<'a> {
    /// A guard that also finds the card numbers of these BINs.
    #[must_use]
    pub fn with_bins(bins: &'a [Bin]) -> Self {
        Self { bins }
    }

    /// Whether a text holds what may be a card number.
    #[must_use]
    pub fn is_in(self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    /// Whether a text holds what may be a card number if its separators are taken as blanks.
    pub(super) fn is_in_parts(self, text: &str, separator: char) -> bool {
        characters::are_enough(text) && self.is_in(&text.replace(separator, " "))
    }

    /// Returns the range of the card number that ends first, of those that start at `from` or later.
    fn find(self, text: &str, from: usize) -> Option<Range<usize>> {
        if !characters::are_enough(&text[from..]) {
            return None;
        }
        let mut groups = DigitGroups::default();
        for (at, c) in text[from..].char_indices() {
            let at = from + at;
            match CharacterKind::of(c) {
                CharacterKind::Digit(digit) => groups.push(digit, at),
                other => {
                    if let found @ Some(_) = groups.end_group(text, at, self) {
                        return found;
                    }
                    groups.separate(other);
                }
            }
        }
        groups.end_group(text, text.len(), self)
    }

    /// Whether there are card numbers of this many digits that begin with these eight.
    fn allows(self, first: u32, digits: usize) -> bool {
        networks::allow(first / 10_000, digits)
            || (16..=19).contains(&digits)
                && self.bins.iter().any(|bin| bin.number() == if bin.digits() == 6 { first / 100 } else { first })
    }
}
