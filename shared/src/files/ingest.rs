//! Turns an object that arrived in the bucket into a file.

use jiff::Timestamp;

use super::claims::{Claims, Progress, Urgency};
use super::clashes::{FileBytes, gone_from_bucket};
use super::context::{Files, LEASE};
use super::verdict::Settled;
use crate::deadline::Deadline;
use crate::domain::{FileName, FileStatus, KitFile, Sequencer, StoredObject, TenantId, UploadId};
use crate::error::Error;
use crate::pgk::{Manifest, Parser, PgkFaults};
use crate::store::{Basis, BeginOutcome, FinishOutcome, Precedence};

/// An object, as its event describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The tenant whose prefix it is under.
    pub tenant: TenantId,
    /// The file's name if the key contains it (a partner's drop); otherwise the object does.
    pub name: Option<FileName>,
    /// The object.
    pub object: StoredObject,
    /// The order of the event among those of its key.
    pub sequencer: Sequencer,
    /// The instant of the event.
    pub at: Timestamp,
}

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// The file has a verdict.
    Settled(FileStatus),
    /// There was nothing to do, for this reason.
    Passed(&'static str),
    /// It is among the uploads, although neither `uploadFile` nor a ticket put it there.
    NamesNoFile,
    /// The time was up; another message continues the work.
    OutOfTime(Progress),
}

impl Files {
    /// Reads an object once, claims its kits and writes the verdict. Repeated calls in any order change nothing. A bad file
    /// is a result; an error is only what a retry may fix.
    pub async fn ingest(&self, arrival: &Arrival, from: Progress, deadline: &Deadline) -> Result<Ingested, Error> {
        let now = self.clock.now();
        let Some(mut object) = self.bucket.open(&arrival.tenant, &arrival.object).await? else {
            return gone(self, arrival).await;
        };
        if arrival.name.is_none() && object.is_upload {
            // The upload may have been rejected, or its name may have other content by now. A caller repeats a call that was
            // cut off.
            return Ok(Ingested::Passed("the call that uploaded the object validates it"));
        }
        let Some(name) = arrival.name.clone().or_else(|| object.file.clone()) else {
            return Ok(Ingested::NamesNoFile);
        };
        let upload = UploadId::of_event(arrival.at, &arrival.sequencer);
        let stored = KitFile {
            name,
            upload,
            status: FileStatus::Stored,
            object: arrival.object.clone(),
            sequencer: Some(arrival.sequencer.clone()),
            digest: None,
            details: 0,
            groups: Vec::new(),
            used_by: None,
            lease_until: now + LEASE,
            losses: 0,
            faults: Vec::new(),
        };
        let precedence = if arrival.name.is_some() { Precedence::Drop } else { Precedence::Ticket };
        let file = match self.store.begin_file(&arrival.tenant, &stored, precedence).await? {
            BeginOutcome::Ours => stored,
            BeginOutcome::Taken(known) => match reason_to_pass(&known, &stored) {
                None => *known,
                Some(why) => return Ok(Ingested::Passed(why)),
            },
        };
        let mut parser = Parser::new(&arrival.tenant, now);
        while let Some(bytes) = object.next().await? {
            parser.feed(&bytes);
        }
        match parser.finish() {
            Ok(manifest) => claim(self, arrival, file, manifest, from, deadline).await,
            Err(faults) => refuse(self, arrival, &file, faults).await,
        }
    }
}

/// Handles an object that was removed before it was read. Otherwise a file stored for it would never get a verdict.
async fn gone(files: &Files, arrival: &Arrival) -> Result<Ingested, Error> {
    const GONE: Ingested = Ingested::Passed("the object is gone");
    let Some(name) = &arrival.name else { return Ok(GONE) };
    let noted = files.store.file(&arrival.tenant, name).await?;
    let Some(file) = noted.filter(|file| file.object == arrival.object) else { return Ok(GONE) };
    if !file.status.has_verdict() {
        return refuse(files, arrival, &file, gone_from_bucket()).await;
    }
    Ok(GONE)
}

/// Returns why an object is passed over, given the file of its name; `None` if it is that file, still without a verdict.
fn reason_to_pass(known: &KitFile, new: &KitFile) -> Option<&'static str> {
    let is_same = known.upload == new.upload || known.object == new.object;
    match known.status {
        FileStatus::Stored | FileStatus::Validating if is_same => None,
        FileStatus::Valid | FileStatus::Invalid if is_same => Some("the file has its verdict"),
        _ if known.object.key == new.object.key && known.sequencer < new.sequencer && known.used_by.is_none() => {
            Some("the ticket was used before")
        }
        _ if known.used_by.is_some() => Some("the name is used by an order"),
        _ => Some("the name has a newer content"),
    }
}

async fn claim(
    files: &Files,
    arrival: &Arrival,
    mut file: KitFile,
    manifest: Manifest,
    from: Progress,
    deadline: &Deadline,
) -> Result<Ingested, Error> {
    file.digest = Some(manifest.digest);
    file.details = manifest.details;
    file.groups = manifest.groups;
    file.lease_until = files.clock.now() + LEASE;
    if !files.store.describe_file(&arrival.tenant, &file, files.clock.now()).await? {
        return Ok(Ingested::Passed("the name has a newer content"));
    }
    file.status = FileStatus::Validating;
    let claims = Claims {
        files,
        tenant: &arrival.tenant,
        file,
        blocks: &manifest.kits.into(),
        content: FileBytes::Stored(&arrival.tenant, &arrival.object),
        urgency: Urgency::Queue,
    };
    Ok(match claims.settle(from, deadline).await? {
        Settled::Valid { .. } => Ingested::Settled(FileStatus::Valid),
        Settled::Invalid(_) => Ingested::Settled(FileStatus::Invalid),
        Settled::NameTaken | Settled::Replaced => Ingested::Passed("the name has a newer content"),
        Settled::OutOfTime(progress) => Ingested::OutOfTime(progress),
    })
}

async fn refuse(files: &Files, arrival: &Arrival, file: &KitFile, faults: PgkFaults) -> Result<Ingested, Error> {
    let (sentences, now) = (faults.into_sentences(), files.clock.now());
    Ok(match files.store.finish_file(&arrival.tenant, file, sentences, Basis::Content, now).await? {
        FinishOutcome::Written | FinishOutcome::LostKits { .. } => Ingested::Settled(FileStatus::Invalid),
        FinishOutcome::Overtaken(Some(other)) if other.upload == file.upload => Ingested::Settled(other.status),
        FinishOutcome::Overtaken(_) => Ingested::Passed("the name has a newer content"),
    })
}
