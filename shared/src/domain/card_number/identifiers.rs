//! UUIDs and IBANs: long enough to look like card numbers now and then, and recognizable for what they are.

use std::ops::Range;

use super::characters::CharacterKind;

/// Characters of a UUID (RFC 9562).
const UUID_CHARS: usize = 36;

/// Characters of the longest IBAN, and bytes of the blanks between its groups, each at most three.
const IBAN_CHARS_MAX: usize = 34;
const IBAN_BYTES_MAX: usize = IBAN_CHARS_MAX + 3 * (IBAN_CHARS_MAX / 4);

/// Whether a UUID or an IBAN reaches into this part of a text.
pub(super) fn reach(text: &str, part: &Range<usize>) -> bool {
    let reaches = |found: Range<usize>| found.start < part.end && part.start < found.end;
    (part.start.saturating_sub(UUID_CHARS)..part.end).any(|at| uuid(text, at).is_some_and(reaches))
        || (part.start.saturating_sub(IBAN_BYTES_MAX)..part.end).any(|at| iban(text, at).is_some_and(reaches))
}

/// The place of a UUID that starts here. Digits at its edges do not count where they go on beyond it: they are part of
/// something else.
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
    let behind = match text[end..].chars().next().map(CharacterKind::of) {
        Some(CharacterKind::Digit(_)) => word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    Some(start + before..end - behind)
}

/// The place of an IBAN that starts here, as one word or in groups of four, if its check digits confirm it (ISO 13616).
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
        // The country and the check digits are judged behind all others.
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

/// Goes on with the next character of a number: a letter stands for 10 to 35.
fn modulo_97(remainder: u32, c: char) -> Option<u32> {
    let value = c.to_digit(36)?;
    Some((remainder * if value < 10 { 10 } else { 100 } + value) % 97)
}

/// How long the IBANs of a country are (SWIFT's IBAN registry).
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
