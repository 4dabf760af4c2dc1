//! A drop that matches no rule. It is kept as an INVALID file, so that its sender can find out why.

use jiff::Timestamp;

use super::text::text_type;
use super::{Sequencer, StoredObject};

text_type! {
    /// The name of such a drop: its key below the tenant's prefix, with a leading slash. It is data, never a path.
    DropName, "must be a string of 2 to 1024 bytes that starts with '/'",
    |text| (2..=1_024).contains(&text.len()) && text.starts_with('/')
}

/// A drop that matches no rule.
#[derive(Debug, Clone)]
pub struct MisplacedDrop {
    /// Its name.
    pub name: DropName,
    /// The object.
    pub object: StoredObject,
    /// Its position among the events of its key.
    pub sequencer: Sequencer,
    /// When it came.
    pub received_at: Timestamp,
    /// Why it was rejected.
    pub fault: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_is_named_by_its_key() {
        let (longest, longer) = (format!("/{}", "x".repeat(1_023)), format!("/{}", "x".repeat(1_024)));
        for (text, want) in [
            ("/inbox/kits (1).txt", true),
            ("/2026/kits.csv", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("kits.txt", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(DropName::parse(text).is_ok(), want, "{text:?}");
        }
    }
}
