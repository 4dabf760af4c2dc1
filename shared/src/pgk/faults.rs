//! The faults of a file, in the order of its lines. No sentence contains a value of the file.

use crate::domain::Faults;

pub(super) const KEPT_MAX: usize = Faults::KEPT_MAX;

/// The fields of a detail, in order.
const FIELDS: [&str; 10] =
    ["seq", "kitNo", "parentKitNo", "bin", "panLength", "maskedPan", "panToken", "expiry", "productId", "plasticCode"];

/// The first 50 faults of a file, and the number of the others.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct PgkFaults {
    kept: Vec<Fault>,
    more: u64,
}

/// A sentence and its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    line: u64,
    field: usize,
    sentence: String,
}

impl PgkFaults {
    /// Reports that a field of a line breaks a rule.
    pub fn field(&mut self, line: u64, field: &str, rule: impl std::fmt::Display) {
        let place = FIELDS.iter().position(|name| *name == field).unwrap_or_default();
        self.push(line, place, || format!("line {line}: {field}: {rule}"));
    }

    /// Reports that a whole line breaks a rule.
    pub fn line(&mut self, line: u64, rule: &str) {
        self.push(line, 0, || format!("line {line}: {rule}"));
    }

    /// Reports that the whole file breaks a rule.
    pub fn file(&mut self, rule: &str) {
        self.push(u64::MAX, 0, || format!("file: {rule}"));
    }

    /// Counts faults whose sentences were not kept.
    pub fn count_more(&mut self, more: u64) {
        self.more += more;
    }

    /// Inserts a fault at its place, after those of the same field.
    fn push(&mut self, line: u64, field: usize, sentence: impl FnOnce() -> String) {
        let place = self.kept.partition_point(|fault| (fault.line, fault.field) <= (line, field));
        if place < KEPT_MAX {
            self.kept.insert(place, Fault { line, field, sentence: sentence() });
        }
        if place == KEPT_MAX || self.kept.len() > KEPT_MAX {
            self.kept.truncate(KEPT_MAX);
            self.more += 1;
        }
    }

    /// Returns the number of faults.
    pub(super) fn count(&self) -> u64 {
        self.kept.len() as u64 + self.more
    }

    /// Whether there are no faults.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Returns the sentences, with a last one that counts those that were not kept.
    #[must_use]
    pub fn into_sentences(self) -> Vec<String> {
        Faults::from(self).into_sentences()
    }
}

impl From<PgkFaults> for Faults {
    fn from(faults: PgkFaults) -> Self {
        let mut all = Self::default();
        faults.kept.into_iter().for_each(|fault| all.push(fault.sentence));
        all.count_more(faults.more);
        all
    }
}
