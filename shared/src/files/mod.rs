//! Use cases that concern files of kits: an upload whose caller waits, and an object that an event tells of. Both come
//! to the same: parse in one pass, claim the kits, write one verdict.

mod claims;
mod ingest;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::bucket::{Bucket, NewUpload};
use crate::clock::Clock;
use crate::domain::{
    Faults, FileDigest, FileName, FileStatus, FileToken, KitFile, StoredObject, TenantId, UploadAnnouncement,
};
use crate::error::Error;
use crate::orders::Call;
use crate::pgk::{self, Manifest, PgkFaults};
use crate::store::{Begun, Precedence, Store};

pub use claims::Progress;
use claims::{Claims, Patience, Settled, busy, clash_sentences};
pub use ingest::{Arrival, Ingested, ingest};

/// How long a name is kept for a content that is being validated, from the last sign of life. Longer than any call lasts.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// Looks at kits under way at once.
const CHECKS_AT_ONCE: usize = 64;

const NAME_IN_USE: &str = "fileName is already in use";

/// A file that is valid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its name.
    pub name: FileName,
    /// Whether the same bytes had been uploaded before.
    pub is_replay: bool,
}

/// The places where a file goes.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// What is known of it.
    pub store: &'a Store,
    /// Its bytes.
    pub bucket: &'a Bucket,
    /// The time, by which leases are held.
    pub clock: &'a Clock,
}

/// Validates an uploaded file and keeps it, if all of it is right. Of a file with faults nothing is kept.
pub async fn upload(
    places: Places<'_>,
    tenant: &TenantId,
    name: FileName,
    content: Bytes,
    call: &Call,
) -> Result<UploadedFile, Error> {
    let digest = FileDigest(Sha256::digest(&content).into());
    let known = places.store.file(tenant, &name).await?;
    if let Some(known) = &known
        && let Some(answer) = answer_of(known, digest, call.now)
    {
        return answer;
    }
    let replaces_valid = known.as_ref().is_some_and(|known| known.status == FileStatus::Valid);
    // The same bytes under way: by a call that runs, or by one that was cut off. To go on with them is harmless.
    let under_way = known.filter(|known| known.status == FileStatus::Validating && known.digest == Some(digest));
    let manifest = pgk::parse(&content, tenant, call.now).map_err(refused)?;
    if call.is_dry_run {
        return rehearse(places.store, tenant, name, &manifest).await;
    }
    let file = if let Some(file) = under_way {
        file
    } else {
        // What is valid under this name must not be lost to a file that is refused.
        if replaces_valid {
            rehearse(places.store, tenant, name.clone(), &manifest).await?;
        }
        let token = FileToken::generate(call.now);
        let upload = NewUpload { tenant, file: &name, token: &token, digest, now: call.now };
        let object = places.bucket.put_upload(&upload, content).await?;
        let file = new_file(name, token, digest, object, &manifest, call.now);
        match places.store.begin_file(tenant, &file, Precedence::Upload { now: call.now }).await? {
            Begun::Ours => file,
            Begun::Taken(other) => match answer_of(&other, digest, call.now) {
                Some(answer) => return answer,
                None if other.digest == Some(digest) => *other,
                None => return Err(name_in_use()),
            },
        }
    };
    validate(places, tenant, file, &manifest).await
}

/// Refuses a name that an order uses for another content, before somebody sends a large file in vain.
pub async fn check_name(places: Places<'_>, tenant: &TenantId, announced: &UploadAnnouncement) -> Result<(), Error> {
    let known = places.store.file(tenant, &announced.file).await?;
    match known {
        Some(known) if known.used_by.is_some() && known.digest != Some(announced.digest) => Err(name_in_use()),
        _ => Ok(()),
    }
}

fn new_file(
    name: FileName,
    token: FileToken,
    digest: FileDigest,
    object: StoredObject,
    manifest: &Manifest,
    now: Timestamp,
) -> KitFile {
    KitFile {
        name,
        token,
        status: FileStatus::Validating,
        object,
        sequencer: None,
        digest: Some(digest),
        details: manifest.details,
        groups: manifest.groups.clone(),
        used_by: None,
        lease_until: now + LEASE,
        losses: 0,
        faults: Vec::new(),
    }
}

/// What the content that a name has already means for a new upload; `None` where it stands in nobody's way.
fn answer_of(known: &KitFile, digest: FileDigest, now: Timestamp) -> Option<Result<UploadedFile, Error>> {
    let is_same = known.digest == Some(digest);
    match known.status {
        FileStatus::Valid if is_same => Some(Ok(UploadedFile { name: known.name.clone(), is_replay: true })),
        FileStatus::Validating | FileStatus::Stored if !is_same && known.lease_until >= now => Some(Err(name_in_use())),
        _ if known.used_by.is_some() => Some(Err(name_in_use())),
        _ => None,
    }
}

/// Claims every kit and writes the verdict.
async fn validate(
    places: Places<'_>,
    tenant: &TenantId,
    file: KitFile,
    manifest: &Manifest,
) -> Result<UploadedFile, Error> {
    let name = file.name.clone();
    let mut claims = Claims::new(places, tenant, file, &manifest.kits, Patience::Caller);
    // The gateway's patience ends long before a call could be cut into parts.
    match claims.settle(Progress::default(), &|| true).await? {
        Settled::Valid { is_replay } => Ok(UploadedFile { name, is_replay }),
        Settled::Invalid(sentences) => Err(refusal(sentences)),
        Settled::NameTaken => Err(name_in_use()),
        // The same upload again goes on with what was claimed.
        Settled::OutOfTime(_) => Err(busy()),
    }
}

/// What uploading a file would answer, with nothing written.
async fn rehearse(
    store: &Store,
    tenant: &TenantId,
    name: FileName,
    manifest: &Manifest,
) -> Result<UploadedFile, Error> {
    let checks = manifest.kits.iter().map(|(kit, line)| {
        let name = &name;
        async move {
            let Some(owner) = store.kit_owner(tenant, kit).await?.filter(|owner| owner.file != *name) else {
                return Ok::<_, Error>(None);
            };
            let other = store.file(tenant, &owner.file).await?.filter(|other| other.token == owner.token);
            Ok(other.is_some_and(|other| other.status == FileStatus::Valid).then_some(line))
        }
    });
    let clashes: Vec<u32> = futures_util::stream::iter(checks)
        .buffer_unordered(CHECKS_AT_ONCE)
        .try_filter_map(|line| async move { Ok(line) })
        .try_collect()
        .await?;
    let sentences = clash_sentences(&clashes, 0);
    if sentences.is_empty() { Ok(UploadedFile { name, is_replay: false }) } else { Err(refusal(sentences)) }
}

fn refused(faults: PgkFaults) -> Error {
    Error::Upload(faults.into())
}

fn refusal(sentences: Vec<String>) -> Error {
    let mut faults = Faults::default();
    for sentence in sentences {
        faults.push(sentence);
    }
    Error::Upload(faults)
}

fn name_in_use() -> Error {
    Error::Upload(Faults::one(NAME_IN_USE))
}
