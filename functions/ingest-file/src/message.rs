//! Reads a message: an S3 event, or a file that an earlier call could not finish.

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
    /// An S3 event.
    Event {
        #[serde(rename = "Records")]
        records: Vec<Record>,
    },
    /// A file that an earlier call could not finish.
    Continued(Job),
    /// Sent by S3 when notifications are set up.
    Test {
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
pub(crate) struct Job {
    /// Decoded.
    pub(crate) key: String,
    version_id: String,
    sequencer: Sequencer,
    at: Timestamp,
    #[serde(default)]
    pub(crate) progress: Progress,
}

/// An object that cannot become a file.
#[derive(Debug)]
pub(crate) struct Rejected {
    /// Decoded.
    pub(crate) key: String,
    pub(crate) reason: &'static str,
}

impl Message {
    pub(crate) fn read(body: &str) -> Result<Self, Source> {
        serde_json::from_str(body).map_err(|error| unreadable(&error))
    }

    /// Returns the created objects of this bucket.
    pub(crate) fn jobs(self, bucket: &str) -> Vec<Result<Job, Rejected>> {
        match self {
            Self::Event { records } => {
                let created = records.into_iter().filter(|record| record.event_name.starts_with("ObjectCreated:"));
                created.map(|record| record.job(bucket)).collect()
            }
            Self::Continued(job) => vec![Ok(job)],
            Self::Test { .. } => Vec::new(),
        }
    }
}

impl Record {
    fn job(self, bucket: &str) -> Result<Job, Rejected> {
        let object = self.s3.object;
        // A key in an event is form-encoded: a plus is a blank.
        let key = percent_decode_str(&object.key.replace('+', " ")).decode_utf8_lossy().into_owned();
        let reason = match (Sequencer::parse(&object.sequencer), object.version_id) {
            _ if self.s3.bucket.name != bucket => "the event is from another bucket",
            (None, _) => "the event has no valid sequencer",
            (_, None) => "the bucket has no versioning",
            (Some(sequencer), Some(version_id)) => {
                return Ok(Job { key, version_id, sequencer, at: self.event_time, progress: Progress::default() });
            }
        };
        Err(Rejected { key, reason })
    }
}

impl Job {
    pub(crate) fn arrival(&self, tenant: TenantId, name: Option<FileName>) -> Arrival {
        Arrival { tenant, name, object: self.object(), sequencer: self.sequencer.clone(), at: self.at }
    }

    pub(crate) fn misplaced(&self, name: DropName, fault: String) -> MisplacedDrop {
        MisplacedDrop { name, object: self.object(), sequencer: self.sequencer.clone(), received_at: self.at, fault }
    }

    fn object(&self) -> StoredObject {
        StoredObject { key: self.key.clone(), version_id: self.version_id.clone() }
    }

    /// Returns the message that continues the work from here.
    pub(crate) fn continued(&self, progress: Progress) -> String {
        // Text and numbers can always be serialized.
        serde_json::to_string(&Self { progress, ..self.clone() }).unwrap_or_default()
    }
}
