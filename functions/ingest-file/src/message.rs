//! What stands in a message: an event of S3, or the rest of a file that one call could not finish.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use shared::domain::{DropName, FileName, MisplacedDrop, Sequencer, StoredObject, TenantId};
use shared::error::{Source, unreadable};
use shared::files::{Arrival, Progress};

/// A message.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Message {
    /// An event of S3.
    Event {
        /// What happened.
        #[serde(rename = "Records")]
        records: Vec<Record>,
    },
    /// The rest of a file.
    Rest(Part),
    /// What S3 sends when the notification is set up.
    Test {
        /// `s3:TestEvent`
        #[serde(rename = "Event")]
        _event: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    event_name: String,
    event_time: Timestamp,
    s3: Entity,
}

#[derive(Debug, Deserialize)]
struct Entity {
    bucket: Bucket,
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    key: String,
    version_id: Option<String>,
    sequencer: String,
}

/// An object, and how far the work on it has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Part {
    /// Decoded.
    key: String,
    version_id: String,
    sequencer: Sequencer,
    at: Timestamp,
    #[serde(default)]
    progress: Progress,
}

impl Message {
    pub(crate) fn read(body: &str) -> Result<Self, Source> {
        serde_json::from_str(body).map_err(|error| unreadable(&error))
    }

    /// The objects that it is about, in the bucket of this name.
    pub(crate) fn parts(self, bucket: &str) -> Vec<Result<Part, Untaken>> {
        match self {
            Self::Event { records } => records.into_iter().filter_map(|record| record.part(bucket)).collect(),
            Self::Rest(part) => vec![Ok(part)],
            Self::Test { .. } => Vec::new(),
        }
    }
}

/// An object that cannot be looked into.
#[derive(Debug)]
pub(crate) struct Untaken {
    /// Decoded.
    pub(crate) key: String,
    pub(crate) reason: &'static str,
}

impl Record {
    /// The object, if one was created.
    fn part(self, bucket: &str) -> Option<Result<Part, Untaken>> {
        if !self.event_name.starts_with("ObjectCreated:") {
            return None;
        }
        let object = self.s3.object;
        // A key in an event is encoded as in a form: a plus is a blank.
        let key = percent_decode_str(&object.key.replace('+', " ")).decode_utf8_lossy().into_owned();
        if self.s3.bucket.name != bucket {
            return Some(Err(Untaken { key, reason: "the event is of another bucket" }));
        }
        let Some(sequencer) = Sequencer::parse(&object.sequencer) else {
            return Some(Err(Untaken { key, reason: "the event has no usable sequencer" }));
        };
        let Some(version_id) = object.version_id else {
            return Some(Err(Untaken { key, reason: "the bucket has no versioning" }));
        };
        Some(Ok(Part { key, version_id, sequencer, at: self.event_time, progress: Progress::default() }))
    }
}

impl Part {
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What arrived for a tenant.
    pub(crate) fn arrival(&self, tenant: TenantId, name: Option<FileName>) -> Arrival {
        Arrival { tenant, name, object: self.object(), sequencer: self.sequencer.clone(), at: self.at }
    }

    /// The same as a drop that no rule takes.
    pub(crate) fn misplaced(&self, name: DropName, fault: String) -> MisplacedDrop {
        MisplacedDrop { name, object: self.object(), sequencer: self.sequencer.clone(), fault }
    }

    fn object(&self) -> StoredObject {
        StoredObject { key: self.key.clone(), version_id: self.version_id.clone() }
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The message for the rest of the work.
    pub(crate) fn continued(&self, progress: Progress) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(&Self { progress, ..self.clone() }).unwrap_or_default()
    }
}
