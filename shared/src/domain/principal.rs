//! Who acts: a person or a program, whichever credential it used.

use super::card_number;
use super::text::text_type;

text_type! {
    /// A principal of a tenant: the owner of a key, the subject of a JWT. Approval by a second person compares principals.
    Principal, "must be 1 to 128 printable ASCII characters without blanks, and no card number",
    |text| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && !card_number::is_in(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_is_one_printable_word_that_can_be_logged() {
        let (longest, longer) = ("a".repeat(128), "a".repeat(129));
        for (text, want) in [
            ("maker@bank.example", true),
            ("auth0|5f7c8ec7c33c6c004bbafe82", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("two words", false),
            ("line\nend", false),
            ("é", false),
            ("4111111111111111", false),
        ] {
            assert_eq!(Principal::parse(text).is_ok(), want, "{text:?}");
        }
    }
}
