//! A JSON document as it was sent: unlike `serde_json::Value` it keeps repeated keys and their order.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`, which means absent.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; integers keep 64 bits.
    Number(Number),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, with its keys as they were sent.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a body. The fault says where the JSON ends, never what is there.
    pub fn parse(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| {
            // An end right after a line break has column 0.
            let (line, column) = (error.line(), error.column().max(1));
            let message = error.to_string();
            let what = if message.starts_with("recursion limit exceeded") {
                "body must not be nested more than 127 levels deep"
            } else if message.starts_with("number out of range") {
                "body must not hold a number beyond the range of a double"
            } else {
                "body is not valid JSON"
            };
            format!("{what} (line {line}, column {column})")
        })
    }

    /// Returns the text of a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the values of a key of an object: more than one if the key was sent more than once.
    pub(super) fn values<'a>(&'a self, key: &'static str) -> impl Iterator<Item = &'a Self> {
        let entries = match self {
            Self::Object(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().filter(move |(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns a non-negative integer. `5.0` is none, because it was not written as one.
    #[must_use]
    pub fn integer(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_doubled_keys_in_order() {
        let json = Json::parse(br#"{"b":1,"a":null,"b":2}"#).unwrap();
        let Json::Object(entries) = json else { panic!("not an object") };
        let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["b", "a", "b"]);
    }

    #[test]
    fn says_where_it_stops_being_json_and_not_what_stands_there() {
        let deep = "[".repeat(20_000);
        let closed = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        for (body, want) in [
            (b"" as &[u8], "body is not valid JSON (line 1, column 1)"),
            (b"not json", "body is not valid JSON (line 1, column 2)"),
            (b"{\"a\"\n: NaN}", "body is not valid JSON (line 2, column 3)"),
            (b"{\"a\": \"\xff\xfe\"}", "body is not valid JSON (line 1, column 8)"),
            (b"{} {}", "body is not valid JSON (line 1, column 4)"),
            (b"{\"a\": \"\\ud800\"}", "body is not valid JSON (line 1, column 14)"),
            (b"{\"a\":1e400}", "body must not hold a number beyond the range of a double (line 1, column 10)"),
            (deep.as_bytes(), "body must not be nested more than 127 levels deep (line 1, column 128)"),
            (closed.as_bytes(), "body must not be nested more than 127 levels deep (line 1, column 128)"),
        ] {
            assert_eq!(Json::parse(body), Err(want.to_owned()));
        }
    }

    #[test]
    fn only_a_number_written_whole_is_an_integer() {
        for (body, want) in
            [("5", Some(5)), ("5.0", None), ("5e0", None), ("-5", None), ("\"5\"", None), ("true", None)]
        {
            assert_eq!(Json::parse(body.as_bytes()).unwrap().integer(), want, "{body}");
        }
    }
}
