//! A request for an upload ticket.

use super::{Faults, Field, Fields, FileDigest, FileName, Json};

/// Below what S3 accepts in one form post, and far above any file of a million kits.
const BYTES_MAX: u64 = 600_000_000;

/// The body of `/card-order/uploadTicket`.
#[derive(Debug, Clone)]
pub struct UploadAnnouncement {
    /// The name of the file.
    pub file: FileName,
    /// Its size in bytes.
    pub bytes: u64,
    /// The digest of its bytes.
    pub digest: FileDigest,
}

struct SizeBytes(u64);

impl Field for SizeBytes {
    const RULE: &'static str = "must be an integer from 1 to 600000000";

    fn read(json: &Json) -> Option<Self> {
        json.integer().filter(|bytes| (1..=BYTES_MAX).contains(bytes)).map(Self)
    }
}

impl Field for FileDigest {
    const RULE: &'static str = "must be a string of 64 lower-case hex digits";

    fn read(json: &Json) -> Option<Self> {
        Self::parse_hex(json.text()?.as_bytes())
    }
}

impl UploadAnnouncement {
    /// Reads the body.
    pub fn read(json: &Json) -> Result<Self, Faults> {
        let mut fields = Fields::open(json)?;
        let file = fields.required("fileName");
        let bytes = fields.required("sizeBytes");
        let digest = fields.required_token("sha256");
        let ((file, SizeBytes(bytes)), digest) = fields.finish(file.zip(bytes).zip(digest))?;
        Ok(Self { file, bytes, digest })
    }
}
