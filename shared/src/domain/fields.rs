//! Reads the fields of an object and gathers every fault.

use std::collections::HashSet;
use std::fmt::Display;

use super::card_number::Guard;
use super::faults::may_name;
use super::{Faults, Json};

/// A type that is read from one JSON value.
pub trait Field: Sized {
    /// What a value of this type must be: "must be …".
    const RULE: &'static str;

    /// Returns `None` if the value breaks the rule.
    fn read(json: &Json) -> Option<Self>;
}

const HOLDS_CARD_NUMBER: &str = "must not contain a card number";
pub(super) const GIVEN_TWICE: &str = "must be given once";

/// Reads the fields of an object and keeps their faults; [`Fields::finish`] exchanges them for the value.
#[derive(Debug)]
#[must_use]
pub struct Fields<'a> {
    path: String,
    entries: &'a [(String, Json)],
    guard: Guard<'a>,
    known: Vec<&'static str>,
    faults: Faults,
}

impl<'a> Fields<'a> {
    /// Opens a body; anything but an object is a fault.
    pub fn open(json: &'a Json) -> Result<Self, Faults> {
        Self::open_guarded(json, Guard::default())
    }

    /// Opens a document that is a list; [`Fields::object`] reads what is in it.
    pub(super) fn of_list() -> Self {
        Self {
            path: String::new(),
            entries: &[],
            guard: Guard::default(),
            known: Vec::new(),
            faults: Faults::default(),
        }
    }

    /// Opens a body and checks its values with this guard.
    pub(super) fn open_guarded(json: &'a Json, guard: Guard<'a>) -> Result<Self, Faults> {
        let Json::Object(entries) = json else { return Err(Faults::one("body must be a JSON object")) };
        Ok(Self { path: String::new(), entries, guard, known: Vec::new(), faults: Faults::default() })
    }

    /// Reports the unknown keys. Returns the value only if there is no fault at all.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Faults> {
        self.report_unknown();
        value.filter(|_| self.faults.is_empty()).ok_or(self.faults)
    }

    /// Reads a field that may be absent.
    pub fn optional<T: Field>(&mut self, key: &'static str) -> Option<T> {
        let value = self.value(key)?;
        self.read(key, value)
    }

    /// Reads a field that must be present.
    pub fn required<T: Field>(&mut self, key: &'static str) -> Option<T> {
        let value = self.required_value(key)?;
        self.read(key, value)
    }

    /// Reads computed text, such as a digest: a card number among its letters and digits means nothing.
    pub fn optional_token<T: Field>(&mut self, key: &'static str) -> Option<T> {
        let value = self.value(key)?;
        self.read_unguarded(key, value)
    }

    /// Reads computed text that must be present.
    pub(super) fn required_token<T: Field>(&mut self, key: &'static str) -> Option<T> {
        let value = self.required_value(key)?;
        self.read_unguarded(key, value)
    }

    /// Reads text whose parts may together form a card number.
    pub(super) fn optional_in_parts<T: Field>(&mut self, key: &'static str, separator: char) -> Option<T> {
        let value = self.value(key)?;
        if value.text().is_some_and(|text| self.guard.is_in_parts(text, separator)) {
            self.fault(key, HOLDS_CARD_NUMBER);
            return None;
        }
        self.read(key, value)
    }

    /// Reads a field ahead of its turn and leaves its faults to be reported then.
    pub(super) fn peek<T: Field>(&self, key: &'static str) -> Option<T> {
        let (path, known, faults) = Default::default();
        Self { path, known, faults, ..*self }.optional(key)
    }

    /// Reads an object that may be absent.
    pub(super) fn optional_object<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        self.object(key, value, read)
    }

    /// Reads an object that must be present.
    pub(super) fn required_object<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let value = self.required_value(key)?;
        self.object(key, value, read)
    }

    /// Reads an object inside this one, up to its unknown keys.
    pub(super) fn object<T>(
        &mut self,
        key: &str,
        json: &'a Json,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let Json::Object(entries) = json else {
            self.fault(key, "must be an object");
            return None;
        };
        let faults = std::mem::take(&mut self.faults);
        let mut inner = Self { path: self.path_of(key), entries, guard: self.guard, known: Vec::new(), faults };
        let value = read(&mut inner);
        inner.report_unknown();
        self.faults = inner.faults;
        value
    }

    /// Returns the value of a key; `None` if it is absent, `null`, or sent more than once, which is a fault.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Json> {
        self.known.push(key);
        let mut values = self.entries.iter().filter(|(name, _)| name == key).map(|(_, value)| value);
        let value = values.next();
        if values.next().is_some() {
            self.fault(key, GIVEN_TWICE);
            return None;
        }
        value.filter(|value| **value != Json::Null)
    }

    fn required_value(&mut self, key: &'static str) -> Option<&'a Json> {
        if !self.is_absent(key) {
            return self.value(key);
        }
        self.known.push(key);
        self.fault(key, "is required");
        None
    }

    /// Returns all entries of an object whose keys the caller chooses; no key of it is unknown.
    pub(super) fn take_entries(&mut self) -> &'a [(String, Json)] {
        std::mem::take(&mut self.entries)
    }

    /// Whether a key was sent with a value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, value)| name == key && *value != Json::Null)
    }

    /// Whether a key was not sent, or sent once as `null`.
    pub(super) fn is_absent(&self, key: &str) -> bool {
        !self.has(key) && self.entries.iter().filter(|(name, _)| name == key).count() <= 1
    }

    /// Reads one value; the card-number guard comes first.
    pub(super) fn read<T: Field>(&mut self, key: &str, value: &Json) -> Option<T> {
        if holds_card_number(value, self.guard) {
            self.fault(key, HOLDS_CARD_NUMBER);
            return None;
        }
        self.read_unguarded(key, value)
    }

    fn read_unguarded<T: Field>(&mut self, key: &str, value: &Json) -> Option<T> {
        let read = T::read(value);
        if read.is_none() {
            self.fault(key, T::RULE);
        }
        read
    }

    /// Reports a fault of a field.
    pub fn fault(&mut self, key: &str, rule: impl Display) {
        self.faults.push(format!("{} {rule}", self.path_of(key)));
    }

    /// Reports a fault of the object itself.
    pub(super) fn fault_of_object(&mut self, rule: impl Display) {
        let subject = if self.path.is_empty() { "body" } else { &self.path };
        self.faults.push(format!("{subject} {rule}"));
    }

    /// Reports a fault as a whole sentence.
    pub fn push(&mut self, sentence: impl Into<String>) {
        self.faults.push(sentence);
    }

    /// Whether a sentence may contain this key.
    pub(super) fn may_name(&self, key: &str) -> bool {
        may_name(key, self.guard)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn report_unknown(&mut self) {
        let mut has_unnamed = false;
        let mut reported = HashSet::new();
        for (key, _) in self.entries {
            if self.known.contains(&key.as_str()) || !reported.insert(key.as_str()) {
                continue;
            }
            if self.may_name(key) {
                self.fault(key, "is not a known field");
            } else if !std::mem::replace(&mut has_unnamed, true) {
                self.fault_of_object("has an unknown field");
            }
        }
    }
}

/// Reads a body of one field that must be present.
pub fn read_single<T: Field>(json: &Json, key: &'static str) -> Result<T, Faults> {
    let mut fields = Fields::open(json)?;
    let value = fields.required(key);
    fields.finish(value)
}

/// Whether a value contains a card number. A number is checked as it is written without an exponent.
fn holds_card_number(value: &Json, guard: Guard<'_>) -> bool {
    match value {
        Json::Text(text) => guard.is_in(text),
        Json::Number(number) if number.is_f64() => number.as_f64().is_some_and(|value| guard.is_in(&value.to_string())),
        // Most numbers have too few digits and need not be written.
        Json::Number(number) => {
            number.as_u64().is_none_or(|whole| whole >= 1_000_000_000_000) && guard.is_in(&number.to_string())
        }
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BranchId;

    fn faults_of(body: &str) -> Vec<String> {
        let json = Json::parse(body.as_bytes()).unwrap();
        read_single::<BranchId>(&json, "branchId").err().map(Faults::into_sentences).unwrap_or_default()
    }

    #[test]
    fn every_fault_is_a_sentence_that_says_what_to_fix() {
        for (body, want) in [
            (r#"{"branchId":"1"}"#, &[] as &[&str]),
            (r"{}", &["branchId is required"]),
            (r#"{"branchId":null}"#, &["branchId is required"]),
            (r#"{"branchId":7}"#, &["branchId must be a string of 1 to 32 letters, digits, '_' or '-'"]),
            (r#"{"branchId":"1","branchId":"1"}"#, &["branchId must be given once"]),
            (r#"{"branchId":"1","branchId":null}"#, &["branchId must be given once"]),
            (r#"{"branchId":"1","qty":1,"qty":2}"#, &["qty is not a known field"]),
            (r#"{"branchId":"1","<b>":1,"":2}"#, &["body has an unknown field"]),
            (r#"{"branchId":"1","4111111111111111":1}"#, &["body has an unknown field"]),
            (r#"{"branchId":"1","4111-1111.1111_1111":1}"#, &["body has an unknown field"]),
            (r#"{"branchId":"4111-1111-1111-1111"}"#, &["branchId must not contain a card number"]),
            (r#"{"branchId":"4111.1111.1111.1111"}"#, &["branchId must not contain a card number"]),
            (r#"{"branchId":4111111111111111}"#, &["branchId must not contain a card number"]),
            (r#"{"branchId":-4111111111111111}"#, &["branchId must not contain a card number"]),
            (r#"{"branchId":4.111111111111111e15}"#, &["branchId must not contain a card number"]),
            (r#"{"branchId":4111111111111111.5}"#, &["branchId must not contain a card number"]),
            (r#"{"branchId":0.4111111111111111}"#, &["branchId must not contain a card number"]),
            (r#"{"branchId":9792000000000000003}"#, &["branchId must not contain a card number"]),
            (r#"{"branchId":1763369938417}"#, &["branchId must be a string of 1 to 32 letters, digits, '_' or '-'"]),
            (r#"{"branchId":1e300}"#, &["branchId must be a string of 1 to 32 letters, digits, '_' or '-'"]),
            ("[]", &["body must be a JSON object"]),
            ("null", &["body must be a JSON object"]),
        ] {
            assert_eq!(faults_of(body), want, "{body}");
        }
    }
}
