//! What the body of `/card-order/fetchFile` names, and which files `/card-order/listFiles` lists.

use shared::api::PageQuery;
use shared::domain::{DropName, Faults, Field, Fields, FileName, FileStatus, Json};

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

/// Which files to list.
#[derive(Debug)]
pub(crate) struct FilesQuery {
    pub(crate) status: Option<FileStatus>,
    pub(crate) page: PageQuery,
}

impl FilesQuery {
    /// Reads the body.
    pub(crate) fn read(json: &Json) -> Result<Self, Faults> {
        let mut fields = Fields::open(json)?;
        let status = fields.optional("status");
        let page = PageQuery::read(&mut fields);
        fields.finish(Some(Self { status, page }))
    }

    /// Returns the filters for which a token is made.
    pub(crate) fn filters(&self) -> String {
        self.page.filters(self.status.map_or("", FileStatus::as_str), "")
    }
}
