//! Values that the caller attaches to an order.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::card_number::Guard;
use super::fields::{holds_card_number, is_speakable};
use super::text::is_printable;
use super::{Broken, Faults, Json};

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
    /// A text of at most 256 characters.
    Text(String),
}

/// At most 20 values by key; the order of the keys does not count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetaValues(BTreeMap<String, MetaValue>);

impl MetaValues {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&MetaValue> {
        self.0.get(key)
    }

    pub(super) fn read(json: &Json, path: &str, guard: Guard<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Object(entries) = json else {
            faults.push(format!("{path} must be an object"));
            return None;
        };
        if entries.iter().filter(|(_, value)| *value != Json::Null).count() > KEYS_MAX {
            faults.push(format!("{path} must be an object of at most {KEYS_MAX} keys"));
            return None;
        }
        if entries.iter().any(|(key, _)| !is_speakable(key, guard)) {
            faults.push(format!("{path} has a key that is not allowed"));
        }
        let mut times: HashMap<&str, u32> = HashMap::new();
        for (key, _) in entries {
            *times.entry(key).or_default() += 1;
        }
        let mut values = BTreeMap::new();
        for (key, value) in entries.iter().filter(|(key, _)| is_speakable(key, guard)) {
            let times = times.get_mut(key.as_str()).map(std::mem::take);
            if times == Some(0) {
                // Reported where it came first.
                continue;
            }
            if times > Some(1) {
                faults.push(format!("{path}.{key} must be given once"));
            } else if holds_card_number(value, guard) {
                faults.push(format!("{path}.{key} must not contain a card number"));
            } else {
                match read_value(value) {
                    Ok(value) => values.extend(value.map(|value| (key.clone(), value))),
                    Err(rule) => faults.push(format!("{path}.{key} {rule}")),
                }
            }
        }
        Some(Self(values))
    }
}

/// `None` is `null`: the key counts as absent.
fn read_value(json: &Json) -> Result<Option<MetaValue>, Broken> {
    match json {
        Json::Null => Ok(None),
        Json::Bool(value) => Ok(Some(MetaValue::Bool(*value))),
        Json::Number(number) => Ok(Some(MetaValue::Number(number.clone()))),
        Json::Text(text) if is_printable(text, TEXT_CHARS_MAX) => Ok(Some(MetaValue::Text(text.clone()))),
        Json::Text(_) | Json::List(_) | Json::Object(_) => {
            Err(Broken("must be a string of 1 to 256 printable characters, a number or a boolean"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let mut faults = Faults::default();
            let json = Json::parse(body.as_bytes()).unwrap();
            let _values = MetaValues::read(&json, "metaValues", Guard::default(), &mut faults);
            assert_eq!(faults.into_sentences(), want, "{body}");
        }
    }
}
