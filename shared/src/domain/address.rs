//! Delivery addresses.

use super::text::{is_made_of, is_printable, is_visible, text_type};

/// Separates the segments of an address.
pub(super) const SEGMENT_SEPARATOR: char = '~';

text_type! {
    /// A delivery address: segments separated by `~`.
    Address, "must be a string of 1 to 8 segments separated by '~', each at most 64 printable characters, \
              256 in all, at least one segment not blank",
    |text| {
        is_printable(text, 256)
            && text.split(SEGMENT_SEPARATOR).count() <= 8
            && text.split(SEGMENT_SEPARATOR).all(|segment| segment.chars().count() <= 64)
            && text.split(SEGMENT_SEPARATOR).any(is_visible)
    }
}

text_type! {
    /// A postal code.
    PinCode, "must be a string of 3 to 10 letters, digits, blanks or '-', with a letter or digit at both ends",
    |text| {
        text.len() >= 3
            && is_made_of(text, 10, |c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'))
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.ends_with(|c: char| c.is_ascii_alphanumeric())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_to_eight_segments() {
        let segment = "x".repeat(64);
        let longest = [segment.as_str(); 3].join("~") + "~" + &"x".repeat(61);
        for (text, want) in [
            ("12 High Street~Old Town~Chennai~~IN~600001", true),
            ("a~b~c~d~e~f~g~h", true),
            ("~a", true),
            (longest.as_str(), true),
            ("a~b~c~d~e~f~g~h~i", false),
            ("~ ~", false),
            ("\u{200D}~\u{E000}", false),
            ("", false),
            ("a\u{7}", false),
            (&(segment + "x"), false),
            (&(longest.clone() + "x"), false),
        ] {
            assert_eq!(Address::parse(text).is_ok(), want, "{text:?}");
        }
    }

    #[test]
    fn a_pin_code_has_three_to_ten_characters() {
        for (text, want) in [
            ("600001", true),
            ("SW1A 1AA", true),
            ("1-3", true),
            ("12", false),
            ("12345678901", false),
            (" 12", false),
            ("12-", false),
            ("1_3", false),
        ] {
            assert_eq!(PinCode::parse(text).is_ok(), want, "{text:?}");
        }
    }
}
