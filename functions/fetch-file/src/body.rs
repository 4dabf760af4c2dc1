//! What the body of `/card-order/fetchFile` names.

use shared::domain::{DropName, Field, FileName, Json};

/// A file, or a drop that matched no rule.
pub(crate) enum NamedFile {
    File(FileName),
    /// Named by its path below the tenant's prefix, or by its path below `/inbox/`.
    Drop(DropName),
}

impl Field for NamedFile {
    const RULE: &'static str = "must be a string of 1 to 1024 bytes";

    fn read(json: &Json) -> Option<Self> {
        let text = json.text()?;
        match FileName::parse(text) {
            Ok(name) => Some(Self::File(name)),
            Err(_) if text.is_empty() => None,
            Err(_) if text.starts_with('/') => DropName::parse(text).ok().map(Self::Drop),
            Err(_) => DropName::parse(&format!("/inbox/{text}")).ok().map(Self::Drop),
        }
    }
}
