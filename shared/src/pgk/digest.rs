//! The two digests of a file: of its records, each followed by one LF, which the trailer states; and of its bytes, which
//! identifies the file. Up to the trailer they are the same as long as the lines end with LF.

use sha2::{Digest, Sha256};

use super::lines::LineEnd;
use crate::domain::FileDigest;

/// Both digests; the second one is kept only from where they differ.
#[derive(Debug, Default)]
pub(super) struct Digests {
    records: Sha256,
    file: Option<Sha256>,
}

impl Digests {
    /// Adds bytes of lines before the trailer.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.records.update(bytes);
        if let Some(file) = &mut self.file {
            file.update(bytes);
        }
    }

    /// Adds the end of a line before the trailer.
    pub(super) fn end_line(&mut self, end: LineEnd) {
        if end == LineEnd::Lf {
            return self.add(b"\n");
        }
        self.of_file().update(end.bytes());
        self.records.update(b"\n");
    }

    /// Adds the trailer, which is not one of the records in its digest.
    pub(super) fn add_trailer(&mut self, text: &[u8], end: LineEnd) {
        let file = self.of_file();
        file.update(text);
        file.update(end.bytes());
    }

    /// Takes the digest of the records.
    pub(super) fn take_records(&mut self) -> [u8; 32] {
        std::mem::take(&mut self.records).finalize().into()
    }

    /// Returns the digest of a file that ended with its trailer.
    pub(super) fn into_file(self) -> FileDigest {
        FileDigest(self.file.unwrap_or(self.records).finalize().into())
    }

    fn of_file(&mut self) -> &mut Sha256 {
        self.file.get_or_insert_with(|| self.records.clone())
    }
}
