//! The rules of docs/pgk-format.md that concern one field alone.

use shared::domain::card_number;

pub struct Line {
    pub text: Vec<u8>,
    pub end: &'static str,
}

pub fn lines(file: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    for piece in file.split_inclusive(|byte| *byte == b'\n') {
        let (text, end) = match piece {
            [text @ .., b'\r', b'\n'] => (text, "CRLF"),
            [text @ .., b'\n'] => (text, "LF"),
            text => (text, ""),
        };
        lines.push(Line { text: text.to_vec(), end });
    }
    lines
}

pub fn is(text: &str, lengths: std::ops::RangeInclusive<usize>, allowed: impl Fn(char) -> bool) -> bool {
    lengths.contains(&text.len()) && text.chars().all(allowed)
}

pub fn digit(c: char) -> bool {
    c.is_ascii_digit()
}

pub fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

pub fn upper(c: char) -> bool {
    c.is_ascii_uppercase() || digit(c)
}

pub fn is_kit(text: &str) -> bool {
    is(text, 1..=20, upper) && !is(text, 12..=20, digit)
}

/// A card number in groups; without groups it has twelve digits in a row.
pub fn hides_card_number(text: &str) -> bool {
    card_number::is_in(text)
}

pub fn holds_run(text: &[u8]) -> bool {
    text.windows(12).any(|window| window.iter().all(u8::is_ascii_digit))
}

/// Anywhere but in the digest of the trailer. The fields of a line over the limit are unknown.
pub fn trips_guard(text: &[u8]) -> bool {
    if text.len() <= 512 && text.starts_with(b"T|") {
        return text.split(|byte| *byte == b'|').enumerate().any(|(index, field)| index != 4 && holds_run(field));
    }
    holds_run(text)
}

/// The first field, if it is one of the three types.
pub fn type_of(text: &[u8]) -> Option<u8> {
    match text {
        [letter @ (b'H' | b'D' | b'T')] | [letter @ (b'H' | b'D' | b'T'), b'|', ..] => Some(*letter),
        _ => None,
    }
}
