//! An instant as a caller writes it.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::{Field, Json};

/// An instant as RFC 3339 has it, with its offset: a bound of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rfc3339(Timestamp);

impl Rfc3339 {
    /// Returns the instant.
    #[must_use]
    pub const fn instant(self) -> Timestamp {
        self.0
    }

    /// jiff reads more forms of ISO 8601 than RFC 3339 allows.
    fn has_form(text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_date_time = bytes.len() > 19
            && bytes[..19].iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                10 => matches!(byte, b'T' | b't'),
                13 | 16 => *byte == b':',
                _ => byte.is_ascii_digit(),
            });
        let is_rest = |rest: &[u8]| {
            let offset = match rest {
                [b'.', digits @ ..] => {
                    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    Some(&digits[count..]).filter(|_| (1..=9).contains(&count))
                }
                rest => Some(rest),
            };
            match offset {
                Some([b'Z' | b'z']) => true,
                Some([b'+' | b'-', hours @ .., b':', m, n]) => {
                    hours.len() == 2 && hours.iter().chain([m, n]).all(u8::is_ascii_digit)
                }
                _ => false,
            }
        };
        is_date_time && is_rest(&bytes[19..])
    }
}

impl Field for Rfc3339 {
    const RULE: &'static str = "must be an instant as RFC 3339, such as 2026-01-15T10:00:00Z";

    fn read(json: &Json) -> Option<Self> {
        let text = json.text().filter(|text| Self::has_form(text))?;
        // What lies beyond the last instant, as in 9999-12-31T23:59:59Z, means it.
        let is_last = || text.starts_with("9999-12-3") && text[..19].parse::<DateTime>().is_ok();
        text.parse().ok().or_else(|| is_last().then_some(Timestamp::MAX)).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_date_time_and_offset() {
        for (text, want) in [
            ("2026-01-15T10:00:00Z", Some("2026-01-15T10:00:00Z")),
            ("2026-01-15t10:00:00.123456789z", Some("2026-01-15T10:00:00.123456789Z")),
            ("2026-01-15T10:00:00+05:30", Some("2026-01-15T04:30:00Z")),
            ("2026-01-15T10:00:00.5-08:00", Some("2026-01-15T18:00:00.5Z")),
            ("2026-01-15T10:00:00", None),
            ("2026-01-15 10:00:00Z", None),
            ("2026-01-15T10:00Z", None),
            ("2026-01-15T10:00:00,5Z", None),
            ("2026-01-15T10:00:00.Z", None),
            ("2026-01-15T10:00:00.1234567890Z", None),
            ("2026-01-15T10:00:00+0530", None),
            ("2026-01-15T10:00:00+5:30", None),
            ("2026-02-30T10:00:00Z", None),
            ("2026-01-15T10:00:00Z[UTC]", None),
            ("2026-01-15", None),
            ("", None),
        ] {
            let read = Rfc3339::read(&Json::Text(text.to_owned()));
            assert_eq!(read.map(Rfc3339::instant), want.map(|want| want.parse().unwrap()), "{text}");
        }
    }
}
