//! Neighbouring groups of digits, and whether they are laid out like a card number.

use std::ops::Range;

use super::characters::CharacterKind;
use super::identifiers;
use super::{DIGITS, Guard};

/// The number of groups that one card number may have: each has at least one digit.
const GROUPS_MAX: usize = *DIGITS.end();

/// The number of characters between two groups, if one of them is neither blank nor dash.
const GAP_CHARS_MAX: usize = 3;

/// The last groups of digits that were read, and what follows them.
#[derive(Debug, Default)]
pub(super) struct DigitGroups {
    /// The last 32 digits, four bits each, the last one lowest.
    digits: u128,
    /// A ring of the last groups. `count` is how many there were since a gap that no card number has.
    ring: [DigitGroup; GROUPS_MAX],
    count: usize,
    /// Whether the next digit belongs to the last group.
    is_open: bool,
    /// What has followed the last group so far.
    gap: Gap,
}

#[derive(Debug, Default, Clone, Copy)]
struct DigitGroup {
    start: usize,
    size: usize,
    /// What is between it and the group before it.
    gap: Gap,
}

/// What is between two groups.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing visible: they look like one.
    #[default]
    None,
    /// This many blanks and dashes.
    Blank(usize),
    /// This many characters, one of them neither blank nor dash.
    Other(usize),
    /// More than a card number has between two groups.
    Wide,
}

impl DigitGroups {
    /// Takes a digit.
    pub(super) fn push(&mut self, digit: u8, at: usize) {
        if !self.is_open {
            if self.gap == Gap::Wide {
                self.count = 0;
            }
            self.ring[self.count % GROUPS_MAX] = DigitGroup { start: at, size: 0, gap: self.gap };
            self.count += 1;
            self.is_open = true;
        }
        self.digits = self.digits << 4 | u128::from(digit);
        self.ring[(self.count - 1) % GROUPS_MAX].size += 1;
    }

    /// Takes a character that is not a digit.
    pub(super) fn separate(&mut self, kind: CharacterKind) {
        self.gap = match (self.gap, kind) {
            (gap, CharacterKind::Invisible) => gap,
            (Gap::None, CharacterKind::Blank) => Gap::Blank(1),
            (Gap::Blank(chars), CharacterKind::Blank) => Gap::Blank(chars + 1),
            (Gap::None, CharacterKind::Other) => Gap::Other(1),
            (Gap::Blank(chars), CharacterKind::Other)
            | (Gap::Other(chars), CharacterKind::Blank | CharacterKind::Other)
                if chars < GAP_CHARS_MAX =>
            {
                Gap::Other(chars + 1)
            }
            _ => Gap::Wide,
        };
    }

    /// Ends the last group, if it has not ended. Returns the range of the longest card number that ends with it.
    pub(super) fn end_group(&mut self, text: &str, end: usize, guard: Guard<'_>) -> Option<Range<usize>> {
        if !std::mem::take(&mut self.is_open) {
            return None;
        }
        self.gap = Gap::None;
        let mut found = None;
        let mut layout = Layout::default();
        let mut digits = 0;
        for back in 1..=self.count.min(GROUPS_MAX) {
            let group = self.ring[(self.count - back) % GROUPS_MAX];
            if digits + group.size > *DIGITS.end() {
                break;
            }
            digits += group.size;
            layout.prepend(group.size);
            if DIGITS.contains(&digits)
                && layout.is_of_card()
                && guard.allows(self.first_eight(digits), digits)
                && self.passes_luhn(digits)
                && !identifiers::overlap(text, &(group.start..end))
            {
                found = Some(group.start..end);
            }
            layout.next_gap = group.gap;
        }
        found
    }

    /// Returns a digit, counted back from the last.
    fn digit(&self, place: usize) -> u32 {
        u32::try_from(self.digits >> (4 * place) & 0xF).unwrap_or_default()
    }

    /// Whether the last `digits` pass Luhn's check (ISO/IEC 7812-1, annex B).
    fn passes_luhn(&self, digits: usize) -> bool {
        let value = |place| match (place % 2, self.digit(place)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        };
        (0..digits).map(value).sum::<u32>().is_multiple_of(10)
    }

    /// Returns the number that the first eight of the last `digits` make.
    fn first_eight(&self, digits: usize) -> u32 {
        (digits - 8..digits).rev().fold(0, |number, place| number * 10 + self.digit(place))
    }
}

/// The sizes of neighbouring groups as a reader sees them: groups with nothing visible between them are one.
#[derive(Debug, Default)]
struct Layout {
    /// The last group first.
    sizes: [usize; GROUPS_MAX],
    count: usize,
    /// Whether one of the gaps holds more than blanks and dashes.
    has_other_gap: bool,
    /// What is before the first group.
    next_gap: Gap,
}

impl Layout {
    /// Puts a group before the others.
    fn prepend(&mut self, size: usize) {
        if self.count == 0 || self.next_gap != Gap::None {
            self.count += 1;
        }
        self.sizes[self.count - 1] += size;
        self.has_other_gap |= matches!(self.next_gap, Gap::Other(_));
    }

    /// Whether a card number may be written like this.
    fn is_of_card(&self) -> bool {
        match self.sizes[..self.count] {
            [_] | [4, 4, 4, 4] | [1..=3, 4, 4, 4, 4] | [4 | 5, 6, 4] | [3, 3, 3, 4] => true,
            _ if self.has_other_gap => false,
            // Two groups of different sizes are more likely a postal code and a phone number, and so are these three if
            // the phone number begins with the trunk prefix 0.
            [] | [5, 6, 6] => false,
            [last, first] if last == first => true,
            [last, ref rest @ ..] => {
                rest.iter().all(|size| size % 4 == 0)
                    || rest.len() > 1 && rest.iter().all(|size| *size == rest[0] && *size >= last)
            }
        }
    }
}
