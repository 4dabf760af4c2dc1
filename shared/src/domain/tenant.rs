//! Tenant ids.

use super::text::{is_word_char, text_type};

text_type! {
    /// A tenant of the service: `^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$`, case-sensitive.
    TenantId, "must be 1 to 64 letters, digits, '_' or '-', with a letter or digit at both ends",
    |text| {
        (1..=64).contains(&text.len())
            && text.chars().all(is_word_char)
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.ends_with(|c: char| c.is_ascii_alphanumeric())
    }
}

impl TenantId {
    /// Returns an id that stands for no tenant.
    #[must_use]
    pub fn nobody() -> Self {
        Self("nobody".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_a_letter_or_digit_at_both_ends() {
        let (longest, longer) = ("a".repeat(64), "a".repeat(65));
        for (text, want) in [
            ("ACME_BANK", true),
            ("a", true),
            ("7-7", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("_a", false),
            ("a-", false),
            ("a,b", false),
            ("a#b", false),
            ("a b", false),
            ("ä", false),
        ] {
            assert_eq!(TenantId::parse(text).is_ok(), want, "{text:?}");
        }
    }
}
