//! The values that a caller attaches to an order.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::fields::GIVEN_TWICE;
use super::text::is_printable;
use super::{Field, Fields, Json};

const KEYS_MAX: usize = 20;
const TEXT_CHARS_MAX: usize = 256;

/// One attached value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MetaValue {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text of at most 256 characters.
    Text(String),
}

/// At most 20 values by key; the order of the keys does not matter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetaValues(BTreeMap<String, MetaValue>);

impl MetaValues {
    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&MetaValue> {
        self.0.get(key)
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let entries = fields.take_entries();
        if entries.iter().filter(|(_, value)| *value != Json::Null).count() > KEYS_MAX {
            fields.fault_of_object(format!("must be an object of at most {KEYS_MAX} keys"));
            return None;
        }
        if entries.iter().any(|(key, _)| !fields.may_name(key)) {
            fields.fault_of_object("has a key that is not allowed");
        }
        let mut times: HashMap<&str, u32> = HashMap::new();
        for (key, _) in entries {
            *times.entry(key).or_default() += 1;
        }
        let mut values = BTreeMap::new();
        for (key, value) in entries {
            // Removed, so that a repeated key is reported once.
            let times = times.remove(key.as_str());
            match times.filter(|_| fields.may_name(key)) {
                Some(1) if *value != Json::Null => {
                    values.extend(fields.read(key, value).map(|value| (key.clone(), value)));
                }
                None | Some(1) => {}
                Some(_) => fields.fault(key, GIVEN_TWICE),
            }
        }
        Some(Self(values))
    }
}

impl Field for MetaValue {
    const RULE: &'static str = "must be a string of 1 to 256 printable characters, a number or a boolean";

    fn read(json: &Json) -> Option<Self> {
        match json {
            Json::Bool(value) => Some(Self::Bool(*value)),
            Json::Number(number) => Some(Self::Number(number.clone())),
            Json::Text(text) if is_printable(text, TEXT_CHARS_MAX) => Some(Self::Text(text.clone())),
            Json::Null | Json::Text(_) | Json::List(_) | Json::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Faults;

    #[test]
    fn a_meta_value_is_a_short_text_a_number_or_a_boolean() {
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(257));
        let many = format!("{{{}}}", (0..21).map(|n| format!(r#""k{n}":1"#)).collect::<Vec<_>>().join(","));
        let rule = "metaValues.a must be a string of 1 to 256 printable characters, a number or a boolean";
        for (body, want) in [
            (r#"{"a":"b","c.d-e_f":1.5,"g":true,"h":null}"#, &[] as &[&str]),
            (r#"{"a":[]}"#, &[rule]),
            (r#"{"a":""}"#, &[rule]),
            (&long, &[rule]),
            (&many, &["metaValues must be an object of at most 20 keys"]),
            (r#"{"a":1,"a":1}"#, &["metaValues.a must be given once"]),
            (r#"{"a b":1,"4111111111111111":2}"#, &["metaValues has a key that is not allowed"]),
            (r#"{"note":"4111 1111 1111 1111"}"#, &["metaValues.note must not contain a card number"]),
            (r#"{"4111_1111_1111_1111":2}"#, &["metaValues has a key that is not allowed"]),
            (r#"{"note":4111111111111111}"#, &["metaValues.note must not contain a card number"]),
            ("[]", &["metaValues must be an object"]),
        ] {
            let json = Json::parse(format!(r#"{{"metaValues":{body}}}"#).as_bytes()).unwrap();
            let mut fields = Fields::open(&json).unwrap();
            let values = fields.optional_object("metaValues", MetaValues::read);
            let faults = fields.finish(Some(values)).err().map(Faults::into_sentences).unwrap_or_default();
            assert_eq!(faults, want, "{body}");
        }
    }
}
