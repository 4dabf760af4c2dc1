//! A file whose caller waits for the answer.

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::claims::{Claims, Progress, Urgency, busy};
use super::clashes::{FileBytes, refusal};
use super::context::{Files, LEASE};
use super::rehearse::rehearse;
use super::verdict::Settled;
use crate::bucket::{NewUpload, Ticket};
use crate::call::Call;
use crate::deadline::Deadline;
use crate::domain::{
    Faults, FileDigest, FileName, FileStatus, KitFile, KitGroup, StoredObject, UploadAnnouncement, UploadId,
};
use crate::error::Error;
use crate::pgk::{self, Blocks, PgkFaults};
use crate::store::{BeginOutcome, Precedence};

const NAME_IN_USE: &str = "fileName is already in use";

/// A file that is valid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its name.
    pub name: FileName,
    /// Whether the same bytes had been uploaded before.
    pub is_replay: bool,
}

impl Files {
    /// Validates an uploaded file and stores it if it has no faults. Nothing of a file with faults is stored.
    pub async fn upload(&self, call: &Call, name: FileName, content: Bytes) -> Result<UploadedFile, Error> {
        let tenant = &call.tenant.id;
        let digest = FileDigest(Sha256::digest(&content).into());
        let known = self.store.file(tenant, &name).await?;
        if let Some(known) = &known
            && let Some(answer) = answer_by(known, digest, call.now)
        {
            return answer;
        }
        let known_upload = known.as_ref().map(|known| known.upload.clone());
        let replaces_valid = known.as_ref().is_some_and(|known| known.status == FileStatus::Valid);
        // The same bytes are being validated, by a running call or by one that was cut off. Continuing is harmless.
        let under_way = known.filter(|known| known.status == FileStatus::Validating && known.digest == Some(digest));
        let manifest = pgk::parse(&content, tenant, call.now).map_err(refused)?;
        let (details, groups, blocks) = (manifest.details, manifest.groups, Blocks::from(manifest.kits));
        // A valid file must not be replaced by one that is refused.
        if call.is_dry_run || replaces_valid {
            rehearse(self, tenant, &name, &blocks, &content).await?;
        }
        if call.is_dry_run {
            return Ok(UploadedFile { name, is_replay: false });
        }
        let file = if let Some(file) = under_way {
            file
        } else {
            let id = UploadId::generate_after(call.now, known_upload.as_ref());
            let upload = NewUpload { tenant, file: &name, id: &id, digest, now: call.now };
            let object = self.bucket.put_upload(&upload, content.clone()).await?;
            let file = new_file(name, id, digest, object, details, groups, call.now);
            match self.store.begin_file(tenant, &file, Precedence::Upload { now: call.now }).await? {
                BeginOutcome::Ours => file,
                BeginOutcome::Taken(other) => match answer_by(&other, digest, call.now) {
                    Some(answer) => return answer,
                    None if other.digest == Some(digest) => *other,
                    None => return Err(name_in_use()),
                },
            }
        };
        self.validate(call, file, &blocks, &content).await
    }

    /// Issues a ticket for a file that was announced; `None` in a dry run.
    pub async fn ticket(&self, call: &Call, announced: &UploadAnnouncement) -> Result<Option<Ticket>, Error> {
        // Rejected before a large file is sent in vain.
        match self.store.file(&call.tenant.id, &announced.file).await? {
            Some(known) if known.used_by.is_some() && known.digest != Some(announced.digest) => Err(name_in_use()),
            _ if call.is_dry_run => Ok(None),
            _ => self.bucket.ticket(&call.tenant.id, announced).await.map(Some),
        }
    }

    /// Claims every kit and writes the verdict.
    async fn validate(
        &self,
        call: &Call,
        file: KitFile,
        blocks: &Blocks,
        content: &Bytes,
    ) -> Result<UploadedFile, Error> {
        let name = file.name.clone();
        let (tenant, held) = (&call.tenant.id, FileBytes::Held(content));
        let claims = Claims { files: self, tenant, file, blocks, content: held, urgency: Urgency::Caller };
        // The gateway gives up long before a call could be cut into parts.
        match claims.settle(Progress::default(), &Deadline::never()).await? {
            Settled::Valid { is_replay } => Ok(UploadedFile { name, is_replay }),
            Settled::Invalid(sentences) => Err(refusal(sentences)),
            Settled::NameTaken => Err(name_in_use()),
            // Joins the other upload.
            Settled::Replaced => Box::pin(self.upload(call, name, content.clone())).await,
            // The same upload again continues with what was claimed.
            Settled::OutOfTime(_) => Err(busy()),
        }
    }
}

fn new_file(
    name: FileName,
    upload: UploadId,
    digest: FileDigest,
    object: StoredObject,
    details: u32,
    groups: Vec<KitGroup>,
    now: Timestamp,
) -> KitFile {
    KitFile {
        name,
        upload,
        status: FileStatus::Validating,
        object,
        sequencer: None,
        digest: Some(digest),
        details,
        groups,
        used_by: None,
        lease_until: now + LEASE,
        losses: 0,
        faults: Vec::new(),
    }
}

/// Returns the answer to an upload if the file that has its name decides it.
fn answer_by(known: &KitFile, digest: FileDigest, now: Timestamp) -> Option<Result<UploadedFile, Error>> {
    let is_same = known.digest == Some(digest);
    match known.status {
        FileStatus::Valid if is_same => Some(Ok(UploadedFile { name: known.name.clone(), is_replay: true })),
        FileStatus::Validating | FileStatus::Stored if !is_same && known.lease_until >= now => Some(Err(name_in_use())),
        _ if known.used_by.is_some() => Some(Err(name_in_use())),
        _ => None,
    }
}

fn refused(faults: PgkFaults) -> Error {
    Error::Upload(faults.into())
}

fn name_in_use() -> Error {
    Error::Upload(Faults::one(NAME_IN_USE))
}
