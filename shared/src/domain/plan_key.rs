//! The key of a usage plan.

use serde::{Deserialize, Serialize};

use super::{RuleError, Sensitive};

const RULE: &str = "must be 20 to 128 letters, digits or punctuation marks without blanks, as API Gateway has it";

/// The value of an API key of API Gateway: the usage plan that has it counts and limits a tenant's calls. It opens
/// nothing, yet is treated as a secret, since it does where an API takes it from a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PlanKey(Sensitive<String>);

impl PlanKey {
    /// Parses and validates; the only constructor.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let is_one = (20..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_one { Ok(Self(Sensitive::new(text.to_owned()))) } else { Err(RuleError(RULE)) }
    }
}

impl TryFrom<String> for PlanKey {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_api_gateway_takes_and_prints_none_of_it() {
        for (text, want) in [
            ("a".repeat(20), true),
            ("Zz9-_+/=.".repeat(14), true),
            ("a".repeat(128), true),
            ("a".repeat(19), false),
            ("a".repeat(129), false),
            (format!("{} b", "a".repeat(20)), false),
            (format!("{}\n", "a".repeat(20)), false),
            ("é".repeat(20), false),
            (String::new(), false),
        ] {
            assert_eq!(PlanKey::parse(&text).is_ok(), want, "{text:?}");
        }
        assert_eq!(format!("{:?}", PlanKey::parse(&"a".repeat(20))), "Ok(PlanKey(***))");
    }
}
