//! The bounds of a range of instants, as a person writes them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use shared::domain::{Field, Json, Rfc3339, RuleError};

/// A day, or an instant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Day(Date),
    Instant(Timestamp),
}

impl Bound {
    /// Parses and validates; the only constructor.
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        let is_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let day = || text.parse().ok().filter(|_| is_day).map(Self::Day);
        let instant = || Rfc3339::read(&Json::Text(text.to_owned())).map(|at| Self::Instant(at.instant()));
        day().or_else(instant).ok_or(RuleError("must be a date such as 2026-01-31, or an instant as RFC 3339"))
    }

    /// Returns its first instant in a time zone.
    pub(crate) fn first(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Day(day) => start_of(day, zone).unwrap_or(Timestamp::MIN),
            Self::Instant(at) => at,
        }
    }

    /// Returns its last instant in a time zone.
    pub(crate) fn last(self, zone: &TimeZone) -> Timestamp {
        let before = |next| Timestamp::checked_sub(next, SignedDuration::from_nanos(1)).ok();
        match self {
            Self::Day(day) => {
                day.tomorrow().ok().and_then(|next| start_of(next, zone)).and_then(before).unwrap_or(Timestamp::MAX)
            }
            Self::Instant(at) => at,
        }
    }
}

/// `None`: the time cannot be represented.
fn start_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_the_zone() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        for (text, want) in [
            ("2026-01-31", Some(("2026-01-30T18:30:00Z", "2026-01-31T18:29:59.999999999Z"))),
            ("2026-01-31T00:00:00Z", Some(("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"))),
            ("2026-02-30", None),
            ("2026-1-31", None),
            ("20260131", None),
            ("yesterday", None),
            ("", None),
        ] {
            let bound = Bound::parse(text).ok();
            let found = bound.map(|bound| (bound.first(&zone).to_string(), bound.last(&zone).to_string()));
            assert_eq!(found, want.map(|(first, last)| (first.to_owned(), last.to_owned())), "{text}");
        }
        let zone = TimeZone::get("America/Sao_Paulo").unwrap();
        // The clocks went forward at midnight.
        assert_eq!(Bound::parse("2018-11-04").unwrap().first(&zone).to_string(), "2018-11-04T03:00:00Z");
    }
}
