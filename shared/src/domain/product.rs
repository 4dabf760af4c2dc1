//! Products, plastics, and how a card is made.

use serde::{Deserialize, Serialize};

use super::limits::range_type;
use super::text::{is_made_of, is_word_char, text_type};
use super::{Field, Json, RuleError};

text_type! {
    /// A card product of the bank.
    ProductId, "must be a string of 1 to 32 letters, digits, '_' or '-'", |text| is_made_of(text, 32, is_word_char)
}

text_type! {
    /// The design of the plastic.
    PlasticCode, "must be a string of 1 to 10 letters or digits",
    |text| is_made_of(text, 10, |c| c.is_ascii_alphanumeric())
}

range_type! {
    /// The length of a card number, in digits.
    PanLength, 16..=19, "must be an integer from 16 to 19"
}

impl Default for PanLength {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl PanLength {
    /// The length on a line that names none.
    pub const DEFAULT: Self = match Self::from_digits(16) {
        Some(length) => length,
        None => unreachable!(),
    };

    /// Returns a length of 16 to 19 digits.
    #[must_use]
    pub const fn from_digits(digits: u32) -> Option<Self> {
        if digits >= 16 && digits <= 19 { Some(Self(digits)) } else { None }
    }
}

/// Plastic or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CardType {
    /// A plastic card.
    #[default]
    Physical,
    /// A number only.
    Virtual,
}

impl Field for CardType {
    const RULE: &'static str = "must be PHYSICAL or VIRTUAL";

    fn read(json: &Json) -> Option<Self> {
        match json.text()? {
            "PHYSICAL" => Some(Self::Physical),
            "VIRTUAL" => Some(Self::Virtual),
            _ => None,
        }
    }
}

/// Whether the card carries a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EmbossType {
    /// No name.
    #[default]
    NonPersonalized,
    /// The holder's name.
    Personalized,
}

impl Field for EmbossType {
    const RULE: &'static str = "must be NON_PERSONALIZED or PERSONALIZED";

    fn read(json: &Json) -> Option<Self> {
        match json.text()? {
            "NON_PERSONALIZED" => Some(Self::NonPersonalized),
            "PERSONALIZED" => Some(Self::Personalized),
            _ => None,
        }
    }
}
