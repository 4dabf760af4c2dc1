//! Reads the fields of an object and gathers every fault, each as one sentence that never repeats a value.

use std::collections::HashSet;

use super::Json;
use super::card_number::Guard;

/// What is wrong with a request: one sentence per fault, in the order of the documented fields. The first
/// [`Faults::KEPT_MAX`] are kept, the rest is counted, so that an answer stays small whatever was sent.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults {
    kept: Vec<String>,
    more: u64,
}

impl Faults {
    /// How many sentences are kept.
    pub const KEPT_MAX: usize = 50;

    /// Exactly one fault.
    pub fn one(sentence: impl Into<String>) -> Self {
        Self { kept: vec![sentence.into()], more: 0 }
    }

    /// Adds a sentence. The caller vouches that nothing in it was sent, except a key that [`Faults::may_name`] allows.
    pub fn push(&mut self, sentence: impl Into<String>) {
        if self.kept.len() < Self::KEPT_MAX {
            self.kept.push(sentence.into());
        } else {
            self.more += 1;
        }
    }

    /// Adds the sentences of a later part of the request.
    pub fn extend(&mut self, later: Self) {
        later.kept.into_iter().for_each(|sentence| self.push(sentence));
        self.more += later.more;
    }

    /// Counts faults whose sentences were not kept.
    pub fn count_more(&mut self, more: u64) {
        self.more += more;
    }

    /// Whether a name that a caller sent may stand in a sentence.
    #[must_use]
    pub fn may_name(name: &str) -> bool {
        is_speakable(name, Guard::default())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The sentences, with a last one that counts those that were not kept.
    #[must_use]
    pub fn into_sentences(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("… and {} more", self.more));
        self.kept.into_iter().chain(more).collect()
    }
}

/// A type that one JSON value can hold.
pub trait Field: Sized {
    /// "must be …": what a value of this type is.
    const RULE: &'static str;

    /// `None` where the value breaks the rule.
    fn read(json: &Json) -> Option<Self>;
}

/// An object that is being read. Drop it by [`Fields::close`], which reports the keys that nobody asked for.
#[derive(Debug)]
pub struct Fields<'a> {
    path: String,
    entries: &'a [(String, Json)],
    guard: Guard<'a>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Opens an object; anything else is a fault. `path` is `""` for the body itself.
    pub fn open(json: &'a Json, path: impl Into<String>, faults: &mut Faults) -> Option<Self> {
        Self::open_guarded(json, path, Guard::default(), faults)
    }

    /// Opens an object whose values this guard judges.
    pub(super) fn open_guarded(
        json: &'a Json,
        path: impl Into<String>,
        guard: Guard<'a>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let path = path.into();
        if let Json::Object(entries) = json {
            return Some(Self { path, entries, guard, known: Vec::new() });
        }
        let subject = if path.is_empty() { "body" } else { &path };
        faults.push(format!("{subject} must be {}", if path.is_empty() { "a JSON object" } else { "an object" }));
        None
    }

    /// Where a field of this object stands in the body.
    #[must_use]
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key; `None` where it is absent or `null`.
    pub fn value(&mut self, key: &'static str, faults: &mut Faults) -> Option<&'a Json> {
        self.known.push(key);
        let mut values = self.entries.iter().filter(|(name, _)| name == key).map(|(_, value)| value);
        let value = values.next();
        if values.next().is_some() {
            faults.push(format!("{} must be given once", self.path_of(key)));
            return None;
        }
        value.filter(|value| **value != Json::Null)
    }

    /// Whether a key was sent with a value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, value)| name == key && *value != Json::Null)
    }

    /// Whether a key was not sent, or sent once as `null`.
    #[must_use]
    pub fn is_absent(&self, key: &str) -> bool {
        !self.has(key) && !self.is_doubled(key)
    }

    /// A field that may be absent.
    pub fn optional<T: Field>(&mut self, key: &'static str, faults: &mut Faults) -> Option<T> {
        let value = self.value(key, faults)?;
        self.read(value, key, faults)
    }

    /// A field that must be there.
    pub fn required<T: Field>(&mut self, key: &'static str, faults: &mut Faults) -> Option<T> {
        if self.is_absent(key) {
            self.known.push(key);
            faults.push(format!("{} is required", self.path_of(key)));
            return None;
        }
        self.optional(key, faults)
    }

    /// A text whose parts may make a card number together, whatever the separator.
    pub(super) fn optional_in_parts<T: Field>(
        &mut self,
        key: &'static str,
        separator: char,
        faults: &mut Faults,
    ) -> Option<T> {
        let value = self.value(key, faults)?;
        if value.text().is_some_and(|text| self.guard.is_in_parts(text, separator)) {
            return self.refuse_card_number(key, faults);
        }
        self.read(value, key, faults)
    }

    /// A computed text that must be there.
    pub(super) fn required_token<T: Field>(&mut self, key: &'static str, faults: &mut Faults) -> Option<T> {
        if self.is_absent(key) {
            return self.required(key, faults);
        }
        self.optional_token(key, faults)
    }

    /// A text that was computed, among whose letters and digits a card number means nothing.
    pub(super) fn optional_token<T: Field>(&mut self, key: &'static str, faults: &mut Faults) -> Option<T> {
        let token = T::read(self.value(key, faults)?);
        if token.is_none() {
            faults.push(format!("{} {}", self.path_of(key), T::RULE));
        }
        token
    }

    /// Reports the keys that are not known.
    pub fn close(self, faults: &mut Faults) {
        let mut unspeakable = false;
        let mut reported = HashSet::new();
        for (key, _) in self.entries {
            if self.known.contains(&key.as_str()) || !reported.insert(key.as_str()) {
                continue;
            }
            if is_speakable(key, self.guard) {
                faults.push(format!("{} is not a known field", self.path_of(key)));
            } else if !std::mem::replace(&mut unspeakable, true) {
                let subject = if self.path.is_empty() { "body" } else { &self.path };
                faults.push(format!("{subject} has an unknown field"));
            }
        }
    }

    /// Reads one value; the card-number guard comes first.
    fn read<T: Field>(&self, value: &Json, key: &str, faults: &mut Faults) -> Option<T> {
        if holds_card_number(value, self.guard) {
            return self.refuse_card_number(key, faults);
        }
        let read = T::read(value);
        if read.is_none() {
            faults.push(format!("{} {}", self.path_of(key), T::RULE));
        }
        read
    }

    fn refuse_card_number<T>(&self, key: &str, faults: &mut Faults) -> Option<T> {
        faults.push(format!("{} must not contain a card number", self.path_of(key)));
        None
    }

    fn is_doubled(&self, key: &str) -> bool {
        self.entries.iter().filter(|(name, _)| name == key).count() > 1
    }
}

/// Whether a value holds a card number. A number is judged as it is written without an exponent.
pub(super) fn holds_card_number(value: &Json, guard: Guard<'_>) -> bool {
    match value {
        Json::Text(text) => guard.is_in(text),
        Json::Number(number) if number.is_f64() => number.as_f64().is_some_and(|value| guard.is_in(&value.to_string())),
        // Most have too few digits: they are not written at all.
        Json::Number(number) => {
            number.as_u64().is_none_or(|whole| whole >= 1_000_000_000_000) && guard.is_in(&number.to_string())
        }
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => false,
    }
}

/// Whether a key that a caller sent may stand in a sentence: `^[A-Za-z0-9_.-]{1,40}$`, no 12 digits in a row, and no
/// card number.
pub(super) fn is_speakable(key: &str, guard: Guard<'_>) -> bool {
    let mut digits = 0;
    (1..=40).contains(&key.len())
        && key.bytes().all(|byte| {
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            digits < 12 && (byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        })
        && !guard.is_in(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BranchId;

    fn faults_of(body: &str) -> Vec<String> {
        let json = Json::parse(body.as_bytes()).unwrap();
        let mut faults = Faults::default();
        if let Some(mut fields) = Fields::open(&json, "", &mut faults) {
            let _branch: Option<BranchId> = fields.required("branchId", &mut faults);
            fields.close(&mut faults);
        }
        faults.into_sentences()
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
