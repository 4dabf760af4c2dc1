//! What the body of `/card-order/fetchFile` names.

use shared::domain::{DropName, Field, FileName, Json};

/// A file, or a drop that matched no rule.
pub(crate) enum NamedFile {
    File(FileName),
    /// Named by its path below the tenant's prefix, or by its path below `/inbox/`.
    Drop(DropName),
    /// A name that no object can have.
    Impossible,
}

impl Field for NamedFile {
    const RULE: &'static str = "must be a string of 1 to 1024 bytes";

    fn read(json: &Json) -> Option<Self> {
        let text = json.text()?;
        match FileName::parse(text) {
            Ok(name) => Some(Self::File(name)),
            Err(_) if !(1..=1_024).contains(&text.len()) => None,
            Err(_) => {
                let path = if text.starts_with('/') { text.to_owned() } else { format!("/inbox/{text}") };
                Some(DropName::parse(&path).map_or(Self::Impossible, Self::Drop))
            }
        }
    }
}
