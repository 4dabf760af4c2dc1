//! The start of an order: a civil time in the tenant's time zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Serialize};

use super::{Field, Json, RuleError};

/// `processStartTime`: a real date and time, `YYYY-MM-DD HH:mm:ss`, in the tenant's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProcessStart(DateTime);

impl ProcessStart {
    /// Parses and validates; the only constructor.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        Self::read_text(text).ok_or(RuleError(Self::RULE))
    }

    fn read_text(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let has_form = bytes.len() == 19
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                10 => *byte == b' ',
                13 | 16 => *byte == b':',
                _ => byte.is_ascii_digit(),
            });
        if !has_form {
            return None;
        }
        let part = |from: usize, to: usize| text[from..to].parse::<i16>().ok();
        let small = |from: usize, to: usize| text[from..to].parse::<i8>().ok();
        DateTime::new(part(0, 4)?, small(5, 7)?, small(8, 10)?, small(11, 13)?, small(14, 16)?, small(17, 19)?, 0)
            .ok()
            .map(Self)
    }

    /// Returns the instant: in a daylight-saving gap the next valid one, in a fold the earlier one. `None` if it is out of
    /// the range of timestamps (years 1 and 9999).
    #[must_use]
    pub fn instant(self, zone: &TimeZone) -> Option<Timestamp> {
        match zone.to_ambiguous_timestamp(self.0).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(self.0).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(self.0).ok(),
            AmbiguousOffset::Gap { after, .. } => {
                // With the offset after the gap, the time lies before the gap, and the next transition is the gap's end.
                let before_the_gap = after.to_timestamp(self.0).ok()?;
                zone.following(before_the_gap).next().map(|transition| transition.timestamp())
            }
        }
    }
}

impl Field for ProcessStart {
    const RULE: &'static str = "must be a real date and time as YYYY-MM-DD HH:mm:ss";

    fn read(json: &Json) -> Option<Self> {
        Self::read_text(json.text()?)
    }
}

impl TryFrom<String> for ProcessStart {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        Self::parse(&text)
    }
}

impl From<ProcessStart> for String {
    fn from(start: ProcessStart) -> Self {
        start.0.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_a_real_date_and_time() {
        for (text, want) in [
            ("2026-02-28 23:59:59", true),
            ("2028-02-29 00:00:00", true),
            ("2026-02-29 00:00:00", false),
            ("2026-13-01 00:00:00", false),
            ("2026-01-01 24:00:00", false),
            ("2026-01-01 00:00:60", false),
            ("2026-01-01T00:00:00", false),
            ("2026-1-1 0:0:0", false),
            ("2026-01-01 00:00", false),
            ("2026-01-01 00:00:0é", false),
            ("+026-01-01 00:00:00", false),
        ] {
            let start = ProcessStart::parse(text);
            assert_eq!(start.is_ok(), want, "{text:?}");
            assert!(start.is_err() || start.map(String::from) == Ok(text.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_gap_ends_at_its_transition_and_a_fold_is_read_early() {
        for (zone, text, want) in [
            ("UTC", "2026-03-29 02:30:00", "2026-03-29T02:30:00Z"),
            ("Asia/Kolkata", "2026-01-01 00:00:00", "2025-12-31T18:30:00Z"),
            ("Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29 02:00:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
            ("America/New_York", "2026-03-08 02:59:59", "2026-03-08T07:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-03T15:30:00Z"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let instant = ProcessStart::parse(text).unwrap().instant(&zone);
            assert_eq!(instant, want.parse().ok(), "{zone:?} {text}");
        }
    }
}
