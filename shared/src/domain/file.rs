//! An uploaded file of kits.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Field, FileName, Json, KitGroup, OrderId};

/// The state of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FileStatus {
    /// In the bucket, not examined yet.
    Stored,
    /// Being validated; its kits are being claimed.
    Validating,
    /// Usable by one order.
    Valid,
    /// Rejected, with its faults.
    Invalid,
}

impl FileStatus {
    /// Returns the name in answers and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "STORED",
            Self::Validating => "VALIDATING",
            Self::Valid => "VALID",
            Self::Invalid => "INVALID",
        }
    }

    /// Whether validation has ended.
    #[must_use]
    pub const fn has_verdict(self) -> bool {
        matches!(self, Self::Valid | Self::Invalid)
    }
}

impl Field for FileStatus {
    const RULE: &'static str = "must be one of STORED, VALIDATING, VALID, INVALID";

    fn read(json: &Json) -> Option<Self> {
        let text = json.text()?;
        [Self::Stored, Self::Validating, Self::Valid, Self::Invalid].into_iter().find(|status| status.as_str() == text)
    }
}

/// One upload of a content under a file name. Ids sort by the time of the upload; kits are claimed under them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadId(String);

impl UploadId {
    /// A new id; it sorts by time (ULID).
    #[must_use]
    pub fn generate(now: Timestamp) -> Self {
        let time_ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Self(ulid::Ulid::from_parts(time_ms, ulid::Ulid::generate().random()).to_string())
    }

    /// A new id that sorts after the one that the name has now, however the clocks of two sandboxes differ.
    #[must_use]
    pub fn generate_after(now: Timestamp, known: Option<&Self>) -> Self {
        let id = Self::generate(now);
        let Some(known) = known.filter(|known| id <= **known) else { return id };
        let next = ulid::Ulid::from_string(&known.0).ok().and_then(|known| known.increment().ok());
        next.map_or(id, |next| Self(next.to_string()))
    }

    /// The id for an object-created event: the same however often the event is delivered.
    #[must_use]
    pub fn of_event(at: Timestamp, sequencer: &Sequencer) -> Self {
        let time_ms = u64::try_from(at.as_millisecond()).unwrap_or_default();
        let order = u128::from_str_radix(&sequencer.0[..20], 16).unwrap_or_default();
        Self(ulid::Ulid::from_parts(time_ms, order).to_string())
    }

    /// When the content came, in ms.
    #[must_use]
    pub fn received_at(&self) -> Option<Timestamp> {
        let time_ms = ulid::Ulid::from_string(&self.0).ok()?.timestamp_ms();
        Timestamp::from_millisecond(i64::try_from(time_ms).ok()?).ok()
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// S3's order of the events of one key. The texts compare correctly once they are padded with zeros on the right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequencer(String);

impl Sequencer {
    /// The padded length, in digits.
    const DIGITS: usize = 40;

    /// Parses the hexadecimal digits in an event.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_sequencer =
            (1..=Self::DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_sequencer.then(|| Self(format!("{:0<1$}", text.to_ascii_uppercase(), Self::DIGITS)))
    }

    /// Returns the padded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 of a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileDigest(pub [u8; 32]);

impl FileDigest {
    /// Parses 64 lower-case hex digits.
    #[must_use]
    pub fn parse_hex(text: &[u8]) -> Option<Self> {
        let mut digest = [0; 32];
        let is_lower_case = !text.iter().any(u8::is_ascii_uppercase);
        (is_lower_case && hex::decode_to_slice(text, &mut digest).is_ok()).then_some(Self(digest))
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// One content of a file name, on its way through validation.
#[derive(Debug, Clone)]
pub struct KitFile {
    /// The name that the caller gave it.
    pub name: FileName,
    /// The upload that brought its content.
    pub upload: UploadId,
    /// Its state.
    pub status: FileStatus,
    /// The stored bytes.
    pub object: StoredObject,
    /// The object's event that announced it; `None` for an upload, which has no event.
    pub sequencer: Option<Sequencer>,
    /// The digest of the bytes, once they have been read.
    pub digest: Option<FileDigest>,
    /// Number of kits.
    pub details: u32,
    /// The kits, counted by kind.
    pub groups: Vec<KitGroup>,
    /// The order that uses it.
    pub used_by: Option<OrderId>,
    /// During validation: when other content may take the name if this one is not finished.
    pub lease_until: Timestamp,
    /// How often another file voided its claims on kits during validation. It never decreases.
    pub losses: u32,
    /// Why it is invalid.
    pub faults: Vec<String>,
}

/// A file as a list shows it: also a drop that no rule takes.
#[derive(Debug, Clone)]
pub struct ListedFile {
    /// Its name.
    pub name: String,
    /// Its state.
    pub status: FileStatus,
    /// Number of kits.
    pub details: u32,
    /// When its content came.
    pub received_at: Timestamp,
    /// The order that uses it.
    pub used_by: Option<OrderId>,
    /// Why it is invalid: the first of its faults.
    pub first_fault: Option<String>,
}

/// One version of an object in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// The object's key.
    pub key: String,
    /// The version.
    pub version_id: String,
}

/// The exact bytes that supply an order's kits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePin {
    /// The file's name.
    pub name: FileName,
    /// Its object.
    pub object: StoredObject,
    /// Digest of its bytes.
    pub digest: FileDigest,
}
