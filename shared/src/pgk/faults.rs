//! What is wrong with a file, in the order of its lines; no sentence holds a value of the file.

use crate::domain::Faults;

pub(super) const KEPT_MAX: usize = Faults::KEPT_MAX;

/// The fields of a detail in their order.
const FIELDS: [&str; 10] =
    ["seq", "kitNo", "parentKitNo", "bin", "panLength", "maskedPan", "panToken", "expiry", "productId", "plasticCode"];

/// The faults of a file: the first 50, and how many more there were.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct PgkFaults {
    kept: Vec<Fault>,
    more: u64,
}

/// A sentence, with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    line: u64,
    field: usize,
    sentence: String,
}

impl PgkFaults {
    /// A field of a line breaks a rule.
    pub fn field(&mut self, line: u64, field: &str, rule: impl std::fmt::Display) {
        let place = FIELDS.iter().position(|name| *name == field).unwrap_or_default();
        self.push(line, place, || format!("line {line}: {field}: {rule}"));
    }

    /// A whole line breaks a rule.
    pub fn line(&mut self, line: u64, rule: &str) {
        self.push(line, 0, || format!("line {line}: {rule}"));
    }

    /// The whole file breaks a rule.
    pub fn file(&mut self, rule: &str) {
        self.push(u64::MAX, 0, || format!("file: {rule}"));
    }

    /// Counts faults whose sentences nobody kept.
    pub fn count_more(&mut self, more: u64) {
        self.more += more;
    }

    /// Puts a fault into its place, behind those of the same field.
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

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.kept.len() as u64 + self.more
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The sentences, with a last one that counts those which were not kept.
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
