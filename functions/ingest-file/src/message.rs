//! What stands in a message: an event of S3, or the rest of a file that one call could not finish.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use shared::domain::{FileName, Sequencer, StoredObject, TenantId, card_number};
use shared::error::Source;
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
    object: Object,
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
    sequencer: String,
    at: Timestamp,
    #[serde(default)]
    progress: Progress,
}

impl Message {
    pub(crate) fn read(body: &str) -> Result<Self, Source> {
        serde_json::from_str(body).map_err(|_| "it is neither an event of S3 nor one of ours".into())
    }

    /// The objects that it tells of.
    pub(crate) fn parts(self) -> Vec<Part> {
        match self {
            Self::Event { records } => records.into_iter().filter_map(Record::part).collect(),
            Self::Rest(part) => vec![part],
            Self::Test { .. } => Vec::new(),
        }
    }
}

impl Record {
    /// The object, if one was created.
    fn part(self) -> Option<Part> {
        if !self.event_name.starts_with("ObjectCreated:") {
            return None;
        }
        let object = self.s3.object;
        // A key in an event is encoded as in a form: a plus is a blank.
        let key = percent_decode_str(&object.key.replace('+', " ")).decode_utf8().ok()?.into_owned();
        let version_id = object.version_id?;
        Some(Part { key, version_id, sequencer: object.sequencer, at: self.event_time, progress: Progress::default() })
    }
}

impl Part {
    /// What arrived, if its key is one under which files arrive.
    pub(crate) fn arrival(&self) -> Option<Arrival> {
        let (tenant, rest) = self.key.strip_prefix("t/")?.split_once('/')?;
        let name = match rest.split_once('/')? {
            ("inbox", name) if !card_number::is_in(name) => Some(FileName::parse(name).ok()?),
            ("pgk", _) => None,
            _ => return None,
        };
        Some(Arrival {
            tenant: TenantId::parse(tenant).ok()?,
            name,
            object: StoredObject { key: self.key.clone(), version_id: self.version_id.clone() },
            sequencer: Sequencer::parse(&self.sequencer)?,
            at: self.at,
        })
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
