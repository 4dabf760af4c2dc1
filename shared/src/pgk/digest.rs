//! The digests of a file: of its records, each followed by one LF, which the trailer states; and of its bytes, by which
//! it is known again. Up to the trailer they are one and the same, as long as lines end with LF.

use sha2::{Digest, Sha256};

use super::lines::LineEnd;
use crate::domain::FileDigest;

/// Both digests, one of them only from where they part.
#[derive(Debug, Default)]
pub(super) struct Digests {
    records: Sha256,
    file: Option<Sha256>,
}

impl Digests {
    /// Bytes of lines before the trailer.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.records.update(bytes);
        if let Some(file) = &mut self.file {
            file.update(bytes);
        }
    }

    /// The end of a line before the trailer.
    pub(super) fn end_line(&mut self, end: LineEnd) {
        if end == LineEnd::Lf {
            return self.add(b"\n");
        }
        self.of_file().update(end.bytes());
        self.records.update(b"\n");
    }

    /// The trailer, which is not one of the records that it counts.
    pub(super) fn add_trailer(&mut self, text: &[u8], end: LineEnd) {
        let file = self.of_file();
        file.update(text);
        file.update(end.bytes());
    }

    /// The digest of the records, once.
    pub(super) fn take_records(&mut self) -> [u8; 32] {
        std::mem::take(&mut self.records).finalize().into()
    }

    /// The digest of a file that ended with its trailer.
    pub(super) fn into_file(self) -> FileDigest {
        FileDigest(self.file.unwrap_or(self.records).finalize().into())
    }

    fn of_file(&mut self) -> &mut Sha256 {
        self.file.get_or_insert_with(|| self.records.clone())
    }
}
