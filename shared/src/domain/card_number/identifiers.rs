//! UUIDs and IBANs, whose digits may look like a card number by chance.

use std::ops::Range;

use super::characters::CharacterKind;

/// The length of a UUID (RFC 9562).
const UUID_CHARS: usize = 36;

/// The length of the longest IBAN, in characters, and in bytes with blanks of at most three bytes between its groups.
const IBAN_CHARS_MAX: usize = 34;
const IBAN_BYTES_MAX: usize = IBAN_CHARS_MAX + 3 * (IBAN_CHARS_MAX / 4);

/// Whether a UUID or an IBAN overlaps with this part of a text.
pub(super) fn overlap(text: &str, part: &Range<usize>) -> bool {
    let overlaps = |found: Range<usize>| found.start < part.end && part.start < found.end;
    (part.start.saturating_sub(UUID_CHARS)..part.end).any(|at| uuid(text, at).is_some_and(overlaps))
        || (part.start.saturating_sub(IBAN_BYTES_MAX)..part.end).any(|at| iban(text, at).is_some_and(overlaps))
}

/// Returns the range of a UUID that starts here. Digits at its edges do not count if further digits adjoin them: they are
/// part of something else.
fn uuid(text: &str, start: usize) -> Option<Range<usize>> {
    let end = start + UUID_CHARS;
    let word = text.as_bytes().get(start..end)?;
    let is_uuid = word.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    if !is_uuid {
        return None;
    }
    let before = match text[..start].chars().next_back().map(CharacterKind::of) {
        Some(CharacterKind::Digit(_)) => word.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let after = match text[end..].chars().next().map(CharacterKind::of) {
        Some(CharacterKind::Digit(_)) => word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    Some(start + before..end - after)
}

/// Returns the range of an IBAN that starts here, as one word or in groups of four, if its check digits are right (ISO
/// 13616).
fn iban(text: &str, start: usize) -> Option<Range<usize>> {
    let [first, second, tens, ones, ..] = *text.as_bytes().get(start..)? else { return None };
    let length = iban_chars([first, second].map(|letter| letter.to_ascii_uppercase()))?;
    if !(tens.is_ascii_digit() && ones.is_ascii_digit()) {
        return None;
    }
    let mut chars = text[start..].char_indices().peekable();
    let mut remainder = 0;
    for place in 0..length {
        if place > 0 && place % 4 == 0 {
            chars.next_if(|(_, c)| c.is_whitespace());
        }
        let (_, c) = chars.next()?;
        // The country and the check digits count after all others.
        if place >= 4 {
            remainder = modulo_97(remainder, c)?;
        }
    }
    let end = chars.peek().map_or(text.len(), |(at, _)| start + at);
    let remainder = [first, second, tens, ones].iter().try_fold(remainder, |rest, c| modulo_97(rest, (*c).into()))?;
    let ends_here = !matches!(
        text[end..].chars().next().map(CharacterKind::of),
        Some(CharacterKind::Digit(_) | CharacterKind::Letter)
    );
    (remainder == 1 && ends_here).then_some(start..end)
}

/// Returns the remainder with one more character of the number; a letter stands for 10 to 35.
fn modulo_97(remainder: u32, c: char) -> Option<u32> {
    let value = c.to_digit(36)?;
    Some((remainder * if value < 10 { 10 } else { 100 } + value) % 97)
}

/// Returns the length of the IBANs of a country (SWIFT's IBAN registry).
fn iban_chars(country: [u8; 2]) -> Option<usize> {
    const LENGTHS: [(usize, &str); 18] = [
        (15, "NO"),
        (16, "BE"),
        (18, "DK FI FK FO GL NL SD"),
        (19, "MK SI"),
        (20, "AT BA EE KZ LT LU MN XK"),
        (21, "CH HR LI LV"),
        (22, "BG BH CR DE GB GE IE ME RS VA"),
        (23, "AE GI IL IQ OM SO TL"),
        (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
        (25, "LY PT ST"),
        (26, "IS TR"),
        (27, "BI DJ FR GR IT MC MR SM"),
        (28, "AL AZ BY CY DO GT HN HU LB NI PL SV"),
        (29, "BR EG PS QA UA"),
        (30, "JO KW MU YE"),
        (31, "MT SC"),
        (32, "LC"),
        (33, "RU"),
    ];
    let is_in = |countries: &str| countries.as_bytes().chunks(3).any(|entry| entry.starts_with(&country));
    LENGTHS.iter().find(|(_, countries)| is_in(countries)).map(|(length, _)| *length)
}
