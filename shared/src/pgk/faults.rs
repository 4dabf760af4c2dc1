//! What is wrong with a file, in the order of its lines; no sentence holds a value of the file.

use crate::domain::Faults;

/// How many sentences are kept.
const KEPT_MAX: usize = 50;

/// The faults of a file: the first 50, and how many more there were.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct PgkFaults {
    kept: Vec<String>,
    more: u64,
}

impl PgkFaults {
    /// A field of a line breaks a rule.
    pub fn field(&mut self, line: u64, field: &str, rule: impl std::fmt::Display) {
        self.push(|| format!("line {line}: {field}: {rule}"));
    }

    /// A whole line breaks a rule.
    pub fn line(&mut self, line: u64, rule: &str) {
        self.push(|| format!("line {line}: {rule}"));
    }

    /// The whole file breaks a rule.
    pub fn file(&mut self, rule: &str) {
        self.push(|| format!("file: {rule}"));
    }

    fn push(&mut self, sentence: impl FnOnce() -> String) {
        if self.kept.len() < KEPT_MAX {
            self.kept.push(sentence());
        } else {
            self.more += 1;
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The sentences, with a last one that counts those which were not kept.
    #[must_use]
    pub fn into_sentences(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("… and {} more", self.more));
        self.kept.into_iter().chain(more).collect()
    }
}

impl From<PgkFaults> for Faults {
    fn from(faults: PgkFaults) -> Self {
        let mut all = Self::default();
        for sentence in faults.into_sentences() {
            all.push(sentence);
        }
        all
    }
}
