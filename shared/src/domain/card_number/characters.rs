//! The kinds of characters that the guard distinguishes, as of Unicode 18.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::DIGITS;

/// A digit, or what may stand between two groups of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CharacterKind {
    /// A decimal digit of any script.
    Digit(u8),
    /// Shows nothing, or only marks the character before it.
    Invisible,
    /// A blank or a dash of any kind.
    Blank,
    /// Neither letter nor digit.
    Other,
    /// A letter, or a number that is not a decimal digit.
    Letter,
}

impl CharacterKind {
    pub(super) fn of(c: char) -> Self {
        match c {
            '0'..='9' => Self::Digit(c as u8 - b'0'),
            'a'..='z' | 'A'..='Z' => Self::Letter,
            ' ' | '\t'..='\r' | '-' => Self::Blank,
            '\0'..='\u{1F}' | '\u{7F}' => Self::Invisible,
            '!'..='~' => Self::Other,
            _ => Self::beyond_ascii(c),
        }
    }

    fn beyond_ascii(c: char) -> Self {
        if let Some(digit) = digit(c) {
            Self::Digit(digit)
        } else if is_blank(c) {
            Self::Blank
        } else if is_invisible(c) {
            Self::Invisible
        } else if c.is_alphanumeric() {
            Self::Letter
        } else {
            Self::Other
        }
    }
}

/// Whether a text has at least as many digits as the shortest card number.
pub(super) fn are_enough(text: &str) -> bool {
    let enough = *DIGITS.start();
    // Bytes that are ASCII digits, or that start a character from U+0640 on, below which there are no further digits. They
    // are counted in one byte and without an early exit, so that the compiler can vectorize the loop.
    let candidates = |bytes: &[u8]| -> u8 {
        bytes.iter().map(|byte| u8::from(byte.is_ascii_digit()) | u8::from(*byte >= 0xD9)).sum()
    };
    text.len() >= enough
        && text.as_bytes().chunks(u8::MAX.into()).map(|bytes| usize::from(candidates(bytes))).sum::<usize>() >= enough
        && text.chars().filter(|c| c.is_ascii_digit() || digit(*c).is_some()).nth(enough - 1).is_some()
}

/// The zeros of the general category Nd beyond ASCII. Each is followed by its nine other digits.
const ZEROS: [u32; 76] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950,
    0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// Returns the value of a decimal digit beyond ASCII.
pub(super) fn digit(c: char) -> Option<u8> {
    let place = ZEROS.partition_point(|zero| *zero <= u32::from(c)).checked_sub(1)?;
    u8::try_from(u32::from(c) - ZEROS[place]).ok().filter(|value| *value < 10)
}

/// What Unicode calls `Default_Ignorable_Code_Point`, further control and format characters, and marks that are drawn on
/// the character before them, such as a keycap.
fn is_invisible(c: char) -> bool {
    use GeneralCategory::{Control, EnclosingMark, Format, NonspacingMark};
    matches!(c.general_category(), Control | EnclosingMark | Format | NonspacingMark)
        || matches!(
            c,
            '\u{115F}' | '\u{1160}' | '\u{2065}' | '\u{3164}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Blanks and what Unicode calls `Dash`. The Braille blank looks like one too, although it is a symbol.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.general_category() == GeneralCategory::DashPunctuation
        || matches!(c, '\u{2053}' | '\u{207B}' | '\u{208B}' | '\u{2212}' | '\u{2800}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::hir::{Class, HirKind};

    /// Returns the characters of a property according to another library.
    fn characters(property: &str) -> Vec<char> {
        let pattern = regex_syntax::parse(&format!(r"\p{{{property}}}")).unwrap();
        let HirKind::Class(Class::Unicode(class)) = pattern.kind() else { panic!("not a class") };
        class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect()
    }

    #[test]
    fn every_decimal_digit_of_unicode_is_a_digit() {
        for c in '\0'..=char::MAX {
            let is_digit = matches!(CharacterKind::of(c), CharacterKind::Digit(_));
            assert_eq!(is_digit, c.general_category() == GeneralCategory::DecimalNumber, "{c:?}");
        }
        for (text, want) in [("0123456789", 0), ("٠١٢٣٤٥٦٧٨٩", 0), ("𝟗𞥙９", 9), ("१১੧", 1)] {
            for (place, c) in text.chars().enumerate() {
                let value = if want == 0 { u8::try_from(place).unwrap() } else { want };
                assert_eq!(CharacterKind::of(c), CharacterKind::Digit(value), "{c:?}");
            }
        }
    }

    #[test]
    fn what_is_not_shown_is_invisible_and_a_dash_is_blank() {
        for (property, want) in [
            ("Default_Ignorable_Code_Point", CharacterKind::Invisible),
            ("Dash", CharacterKind::Blank),
            ("White_Space", CharacterKind::Blank),
        ] {
            for c in characters(property) {
                assert_eq!(CharacterKind::of(c), want, "{c:?} is {property}");
            }
        }
        for (c, want) in [
            ('\u{20E3}', CharacterKind::Invisible),
            ('\u{336}', CharacterKind::Invisible),
            ('\u{94D}', CharacterKind::Invisible),
            ('\u{FFF9}', CharacterKind::Invisible),
            ('\u{2800}', CharacterKind::Blank),
            ('.', CharacterKind::Other),
            ('~', CharacterKind::Other),
            ('·', CharacterKind::Other),
            ('x', CharacterKind::Letter),
            ('é', CharacterKind::Letter),
            ('²', CharacterKind::Letter),
            ('中', CharacterKind::Letter),
        ] {
            assert_eq!(CharacterKind::of(c), want, "{c:?}");
        }
    }

    #[test]
    fn digits_of_all_scripts_are_counted() {
        for (text, want) in [
            ("", false),
            ("411111111111", false),
            ("4111111111111", true),
            ("Straße 12, Zürich, Łódź, Київ, Αθήνα 411111", false),
            ("٤١١١١١١١١١١١١١١١", true),
            ("कृपया दोपहर से पहले पहुँचाएँ 411111", false),
        ] {
            assert_eq!(are_enough(text), want, "{text:?}");
        }
    }
}
