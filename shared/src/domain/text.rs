//! Text types: their content is checked once, by `parse`.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::Json;

/// The rule that a value breaks: "must be …". It says what is allowed, never what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(pub &'static str);

/// Defines a text type: a private `String` that only `parse` can fill.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses and validates; the only constructor.
            pub fn parse(text: &str) -> Result<Self, $crate::domain::RuleError> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::domain::RuleError(<Self as $crate::domain::Field>::RULE))
                }
            }

            /// Returns the text as it was sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::domain::Field for $name {
            const RULE: &'static str = $rule;

            fn read(json: &$crate::domain::Json) -> Option<Self> {
                Self::parse(json.text()?).ok()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::domain::RuleError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(super) use text_type;

text_type! {
    /// The name of a branch or an ordering party.
    Name, "must be a string of 1 to 100 printable characters", |text| is_printable(text, 100)
}

/// Whether a text has 1 to `chars_max` characters, no control characters, and at least one visible character.
pub(super) fn is_printable(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.chars().any(is_unprintable) && is_visible(text)
}

/// Whether a text has a letter, digit, mark, punctuation or symbol, not only blanks, joiners, private and unassigned
/// characters, which a reader cannot see. Joiners inside words (Indic, Persian) are fine.
pub(super) fn is_visible(text: &str) -> bool {
    text.chars().any(|c| match c {
        ' ' => false,
        '!'..='~' => true,
        _ => !matches!(c.general_category_group(), GeneralCategoryGroup::Separator | GeneralCategoryGroup::Other),
    })
}

/// Whether this is a control character, a line or paragraph separator, or a mark that changes the direction of writing (a
/// text must look the same to every reader).
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Whether a text has 1 to `chars_max` characters, all of which `allowed` accepts.
pub(super) fn is_made_of(text: &str, chars_max: usize, allowed: fn(char) -> bool) -> bool {
    (1..=chars_max).contains(&text.len()) && text.chars().all(allowed)
}

/// Whether this is an ASCII letter, a digit, `_` or `-`.
pub(super) fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

impl super::Field for bool {
    const RULE: &'static str = "must be true or false";

    fn read(json: &Json) -> Option<Self> {
        match json {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_printable_and_not_blank() {
        let longest = "é".repeat(100);
        for (text, want) in [
            ("Main Street", true),
            ("Zürich 8003", true),
            (longest.as_str(), true),
            ("", false),
            ("   ", false),
            ("two\nlines", false),
            ("tab\there", false),
            ("\u{202E}reversed", false),
            ("\u{200D}", false),
            ("\u{E000}\u{F8FF}", false),
            ("\u{0378} \u{0379}", false),
            ("\u{00A0}\u{3000}", false),
            ("क्\u{200D}ष", true),
            ("می\u{200C}خواهم", true),
            ("☂", true),
            ("\u{0301}", true),
            ("…", true),
            (&format!("{longest}é"), false),
        ] {
            assert_eq!(Name::parse(text).is_ok(), want, "{text:?}");
        }
    }
}
