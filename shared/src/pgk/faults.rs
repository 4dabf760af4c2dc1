//! What is wrong with a file, in the order of its lines; no sentence holds a value of the file.

use crate::domain::Faults;

/// How many sentences are kept.
const KEPT_MAX: usize = 50;

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

    /// A field breaks a rule on lines that lie before others with faults: they are put in their place.
    pub(super) fn insert_field(&mut self, lines: &[u32], field: &str, rule: &str) {
        let mut all = Self { kept: Vec::new(), more: 0 };
        for line in lines {
            all.field(u64::from(*line), field, rule);
        }
        self.kept.extend(all.kept);
        self.kept.sort_by_key(|fault| (fault.line, fault.field));
        self.more += all.more + self.kept.drain(KEPT_MAX.min(self.kept.len())..).count() as u64;
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

    fn push(&mut self, line: u64, field: usize, sentence: impl FnOnce() -> String) {
        if self.kept.len() < KEPT_MAX {
            self.kept.push(Fault { line, field, sentence: sentence() });
        } else {
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
        let more = (self.more > 0).then(|| format!("… and {} more", self.more));
        self.kept.into_iter().map(|fault| fault.sentence).chain(more).collect()
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
