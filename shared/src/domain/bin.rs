//! Bank identification numbers.

use serde::{Deserialize, Serialize};

use super::{Field, Json, RuleError};

/// A bank identification number: the first 6 or 8 digits of a card number (ISO/IEC 7812-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32")]
pub struct Bin(u32);

impl Bin {
    /// Parses and validates; the only constructor for text.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let has_form = matches!(text.len(), 6 | 8) && text.bytes().all(|byte| byte.is_ascii_digit());
        has_form
            .then(|| text.parse().ok())
            .flatten()
            .and_then(|number: u32| Self::try_from(number).ok())
            .filter(|bin| bin.digits() == text.len())
            .ok_or(RuleError(Self::RULE))
    }

    /// The number. It keeps every digit, because the first one is not 0.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// Returns the number of digits: 6 or 8.
    #[must_use]
    pub fn digits(self) -> usize {
        if self.0 < 1_000_000 { 6 } else { 8 }
    }
}

impl Field for Bin {
    const RULE: &'static str = "must be a string of exactly 6 or 8 digits that does not start with 0";

    fn read(json: &Json) -> Option<Self> {
        Self::parse(json.text()?).ok()
    }
}

impl TryFrom<u32> for Bin {
    type Error = RuleError;

    fn try_from(number: u32) -> Result<Self, RuleError> {
        match number {
            100_000..=999_999 | 10_000_000..=99_999_999 => Ok(Self(number)),
            _ => Err(RuleError(Self::RULE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_or_says_why() {
        for (text, want) in [
            ("608040", Some(608_040)),
            ("60804012", Some(60_804_012)),
            ("6080401", None),
            ("060804", None),
            ("06080401", None),
            ("00608040", None),
            ("+60804", None),
            ("６０８０４０", None),
            ("", None),
        ] {
            assert_eq!(Bin::parse(text).map(Bin::number).ok(), want, "{text:?}");
        }
    }
}
