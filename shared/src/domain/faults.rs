//! The faults of a request.

use super::card_number::Guard;

/// What is wrong with a request: one sentence per fault, in the order of the documented fields. The first
/// [`Faults::KEPT_MAX`] are kept and the rest are counted, so that an answer stays small whatever was sent.
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

    /// Faults that were rendered before, the last of which may count the rest.
    #[must_use]
    pub fn rendered(sentences: Vec<String>) -> Self {
        Self { kept: sentences, more: 0 }
    }

    /// Adds a sentence. It must not repeat anything that was sent, except a key that [`Faults::may_name`] allows.
    pub fn push(&mut self, sentence: impl Into<String>) {
        if self.kept.len() < Self::KEPT_MAX {
            self.kept.push(sentence.into());
        } else {
            self.more += 1;
        }
    }

    /// Adds the faults of a later part of the request.
    pub fn extend(&mut self, later: Self) {
        later.kept.into_iter().for_each(|sentence| self.push(sentence));
        self.more += later.more;
    }

    /// Counts faults whose sentences were not kept.
    pub fn count_more(&mut self, more: u64) {
        self.more += more;
    }

    /// Whether a sentence may contain a name that a caller sent.
    #[must_use]
    pub fn may_name(name: &str) -> bool {
        may_name(name, Guard::default())
    }

    /// Whether there are no faults.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Returns the sentences, with a last one that counts those that were not kept.
    #[must_use]
    pub fn into_sentences(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("… and {} more", self.more));
        self.kept.into_iter().chain(more).collect()
    }
}

/// Whether a sentence may contain a key that a caller sent: `^[A-Za-z0-9_.-]{1,40}$`, no 12 digits in a row, and no
/// card number.
pub(super) fn may_name(key: &str, guard: Guard<'_>) -> bool {
    let mut digits = 0;
    (1..=40).contains(&key.len())
        && key.bytes().all(|byte| {
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            digits < 12 && (byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        })
        && !guard.is_in(key)
}
