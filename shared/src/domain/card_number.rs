//! The guard against clear card numbers: no text that holds one is stored, logged or sent back.

/// Lengths of a primary account number (ISO/IEC 7812-1).
const PAN_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Whether a text holds what may be a card number: 13 to 19 digits, blanks and dashes between them ignored, that pass
/// the Luhn check. A number may start and end wherever a group of digits does, so that `Flat 12 4111 1111 1111 1111` is
/// found as well. A UUID is none, although the digits of one in 300 would pass.
#[must_use]
pub fn is_in(text: &str) -> bool {
    find(text).is_some()
}

/// Replaces every card number in a text by stars; says how many there were.
#[must_use]
pub fn mask(text: &str) -> (std::borrow::Cow<'_, str>, usize) {
    let (mut masked, mut rest, mut count) = (String::new(), text, 0);
    while let Some((start, end)) = find(rest) {
        masked.push_str(&rest[..start]);
        masked.push_str("***");
        rest = &rest[end..];
        count += 1;
    }
    if count == 0 { (text.into(), 0) } else { ((masked + rest).into(), count) }
}

/// Byte range of the first card number.
fn find(text: &str) -> Option<(usize, usize)> {
    // One pass that gathers groups of digits; a run is a chain of groups with only blanks and dashes between them.
    let mut run: Vec<Group> = Vec::new();
    let mut group: Option<Group> = None;
    let mut uuid_end = 0;
    for (at, c) in text.char_indices() {
        if at >= uuid_end && is_uuid_at(text, at) {
            uuid_end = at + UUID_BYTES;
        }
        if at < uuid_end {
            run.clear();
            group = None;
        } else if let Some(digit) = digit(c) {
            let end = at + c.len_utf8();
            match &mut group {
                Some(group) => group.push(digit, end),
                None => group = Some(Group::new(at, digit, end)),
            }
        } else {
            run.extend(group.take());
            if !is_filler(c) {
                if let found @ Some(_) = card_number_in(&run) {
                    return found;
                }
                run.clear();
            }
        }
    }
    run.extend(group);
    card_number_in(&run)
}

/// The first chain of whole groups that is a card number. Each chain ends at 19 digits, so that a long run costs no more
/// than its length.
fn card_number_in(run: &[Group]) -> Option<(usize, usize)> {
    run.iter().enumerate().find_map(|(from, first)| {
        let mut digits = Vec::with_capacity(*PAN_DIGITS.end());
        for group in &run[from..] {
            if digits.len() + group.digits.len() > *PAN_DIGITS.end() {
                break;
            }
            digits.extend_from_slice(&group.digits);
            if PAN_DIGITS.contains(&digits.len()) && passes_luhn(&digits) {
                return Some((first.start, group.end));
            }
        }
        None
    })
}

/// Digits that stand side by side. What is longer than any card number is not one: more digits are not kept.
struct Group {
    start: usize,
    end: usize,
    digits: Vec<u8>,
}

impl Group {
    fn new(start: usize, digit: u8, end: usize) -> Self {
        Self { start, end, digits: vec![digit] }
    }

    fn push(&mut self, digit: u8, end: usize) {
        if self.digits.len() <= *PAN_DIGITS.end() {
            self.digits.push(digit);
        }
        self.end = end;
    }
}

const UUID_BYTES: usize = 36;

/// Whether a whole word from here on is a UUID (RFC 9562): its dashes, version and variant in their places.
fn is_uuid_at(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let Some(word) = bytes.get(at..at + UUID_BYTES) else { return false };
    word[8] == b'-'
        && (at == 0 || !is_word(at - 1))
        && !is_word(at + UUID_BYTES)
        && word.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => matches!(byte, b'1'..=b'8'),
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
            _ => byte.is_ascii_hexdigit(),
        })
}

/// ASCII digits and their full-width twins.
fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8 - b'0'),
        '\u{FF10}'..='\u{FF19}' => u8::try_from(c as u32 - 0xFF10).ok(),
        _ => None,
    }
}

/// Blanks and dashes of every kind.
fn is_filler(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '\u{AD}' | '\u{200B}' | '\u{200D}' | '\u{2060}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}'
        )
}

/// Luhn's check (ISO/IEC 7812-1, annex B).
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(position, &digit)| match (position % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_card_number_however_it_is_spaced() {
        for (text, want) in [
            ("4111111111111111", true),
            ("4111 1111 1111 1111", true),
            ("4111-1111-1111-1111", true),
            ("card 4111\u{2011}1111\u{a0}1111 1111 here", true),
            ("４１１１１１１１１１１１１１１１", true),
            ("Flat 12 4111 1111 1111 1111", true),
            ("4111 1111 1111 1111 12", true),
            ("4222222222222", true),
            ("6304000000000000000", true),
            ("4111111111111112", false),
            ("411111111111", false),
            ("x4111x1111x1111x1111", false),
            ("41111111111111111111111", false),
            ("Plot 7, Road 12, 560001", false),
            ("01a69bc2-e278-7703-8396-05ec7b74ba05", false),
            ("order 01a69bc2-e278-7703-8396-05ec7b74ba05.", false),
            ("x01a69bc2-e278-7703-8396-05ec7b74ba05", true),
            ("01a69bc2-e278-7703-8396-05ec7b74ba05 4111111111111111", true),
            ("", false),
        ] {
            assert_eq!(is_in(text), want, "{text:?}");
        }
    }

    #[test]
    fn masks_each_number_and_keeps_the_rest() {
        let (text, count) = mask("a 4111111111111111 b 4222222222222, 17");
        assert_eq!((text.as_ref(), count), ("a *** b ***, 17", 2));
        assert_eq!(mask("nothing here 123"), ("nothing here 123".into(), 0));
    }

    #[test]
    fn a_long_run_of_digits_takes_linear_time() {
        assert!(!is_in(&"1".repeat(262_144)));
        let _found = is_in(&"1 ".repeat(131_072));
    }
}
