//! Use cases that concern files of kits.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::bucket::Bucket;
use crate::domain::{Faults, FileDigest, FileName, FileStatus, FileToken, KitFile, StoredObject, TenantId};
use crate::error::Error;
use crate::orders::Call;
use crate::pgk::{self, KitNo, Manifest, PgkFaults};
use crate::store::{Begun, Claim, Finished, KitOwner, Rank, Store};

/// How long a name is kept for a content that is being validated. Longer than any call lasts.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Claims under way at once.
const CLAIMS_AT_ONCE: usize = 64;
/// How often a file that lost a kit to an older one starts over, and how often it waits for an older one's verdict.
const ROUNDS_MAX: u32 = 5;
const WAITS_MAX: u32 = 40;
const WAIT: Duration = Duration::from_millis(250);

const NAME_IN_USE: &str = "fileName is already in use";
const KIT_IN_USE: &str = "must be unique among the tenant's kits";

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
    // The same bytes under way: by a call that runs, or by one that was cut off. To go on with them is harmless.
    let under_way = known.filter(|known| known.status == FileStatus::Validating && known.digest == digest);
    let manifest = pgk::parse(&content, tenant, call.now).map_err(refused)?;
    if call.is_dry_run {
        return rehearse(places.store, tenant, name, &manifest).await;
    }
    let file = if let Some(file) = under_way {
        file
    } else {
        let object = places.bucket.put_upload(tenant, &name, content, digest, call.now).await?;
        let file = new_file(name, digest, object, &manifest, call.now);
        match places.store.begin_file(tenant, &file, call.now).await? {
            Begun::Ours => file,
            Begun::Taken(other) => match answer_of(&other, digest, call.now) {
                Some(answer) => return answer,
                None if other.digest == digest => *other,
                None => return Err(name_in_use()),
            },
        }
    };
    validate(places.store, tenant, file, &manifest).await
}

fn new_file(name: FileName, digest: FileDigest, object: StoredObject, manifest: &Manifest, now: Timestamp) -> KitFile {
    KitFile {
        name,
        token: FileToken::generate(now),
        status: FileStatus::Validating,
        object,
        digest,
        details: manifest.details,
        groups: manifest.groups.clone(),
        used_by: None,
        lease_until: now + LEASE,
        faults: Vec::new(),
    }
}

/// What the content that a name has already means for a new upload; `None` where it stands in nobody's way.
fn answer_of(known: &KitFile, digest: FileDigest, now: Timestamp) -> Option<Result<UploadedFile, Error>> {
    let is_same = known.digest == digest;
    match known.status {
        FileStatus::Valid if is_same => Some(Ok(UploadedFile { name: known.name.clone(), is_replay: true })),
        FileStatus::Validating | FileStatus::Stored if !is_same && known.lease_until >= now => Some(Err(name_in_use())),
        _ if known.used_by.is_some() => Some(Err(name_in_use())),
        _ => None,
    }
}

/// Claims every kit and writes the verdict.
async fn validate(store: &Store, tenant: &TenantId, file: KitFile, manifest: &Manifest) -> Result<UploadedFile, Error> {
    for _ in 0..ROUNDS_MAX {
        let clashes = claim_all(store, tenant, &file, manifest).await?;
        let sentences = clash_sentences(clashes);
        match store.finish_file(tenant, &file, sentences.clone()).await? {
            Finished::Written if sentences.is_empty() => {
                tracing::info!(file.name = %file.name, file.kits = file.details, "file is valid");
                return Ok(UploadedFile { name: file.name, is_replay: false });
            }
            Finished::Written => return Err(refusal(sentences)),
            Finished::LostAKit => {
                if !store.renew_file(tenant, &file, file.lease_until).await? {
                    return Err(name_in_use());
                }
            }
            // Another call with the same bytes was quicker, or another content has the name.
            Finished::Overtaken(Some(other)) if other.digest == file.digest && other.status == FileStatus::Valid => {
                return Ok(UploadedFile { name: file.name, is_replay: true });
            }
            Finished::Overtaken(Some(other)) if other.token == file.token => return Err(refusal(other.faults)),
            Finished::Overtaken(_) => return Err(name_in_use()),
        }
    }
    Err(busy())
}

/// Claims every kit; the lines of those that another file has.
async fn claim_all(store: &Store, tenant: &TenantId, file: &KitFile, manifest: &Manifest) -> Result<Vec<u32>, Error> {
    let claims = manifest.kits.iter().map(|(kit, line)| async move {
        let is_ours = claim(store, tenant, file, kit).await?;
        Ok::<_, Error>((!is_ours).then_some(line))
    });
    futures_util::stream::iter(claims)
        .buffer_unordered(CLAIMS_AT_ONCE)
        .try_filter_map(|line| async move { Ok(line) })
        .try_collect()
        .await
}

/// Claims one kit. Against a valid file it is lost; of two files that are being validated the older goes first, and
/// the younger waits for its verdict.
async fn claim(store: &Store, tenant: &TenantId, file: &KitFile, kit: KitNo) -> Result<bool, Error> {
    for _ in 0..WAITS_MAX {
        let owner = match store.claim_kit(tenant, kit, file).await? {
            Claim::Ours => return Ok(true),
            Claim::Taken(owner) => owner,
        };
        match standing(store, tenant, file, &owner).await? {
            Standing::Final => return Ok(false),
            Standing::Yields(rank) => {
                if store.take_over_kit(tenant, kit, file, &owner, rank).await? {
                    return Ok(true);
                }
            }
            Standing::GoesFirst => tokio::time::sleep(WAIT).await,
        }
    }
    Err(busy())
}

/// How another content's claim stands against ours.
enum Standing {
    Final,
    Yields(Rank),
    GoesFirst,
}

async fn standing(store: &Store, tenant: &TenantId, file: &KitFile, owner: &KitOwner) -> Result<Standing, Error> {
    if owner.file == file.name {
        return Ok(Standing::Yields(Rank::Abandoned));
    }
    let other = store.file(tenant, &owner.file).await?.filter(|other| other.token == owner.token);
    Ok(match other {
        None => Standing::Yields(Rank::Abandoned),
        Some(other) => match other.status {
            FileStatus::Invalid => Standing::Yields(Rank::Abandoned),
            FileStatus::Valid => Standing::Final,
            FileStatus::Stored | FileStatus::Validating if file.token < other.token => Standing::Yields(Rank::First),
            FileStatus::Stored | FileStatus::Validating => Standing::GoesFirst,
        },
    })
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
        .buffer_unordered(CLAIMS_AT_ONCE)
        .try_filter_map(|line| async move { Ok(line) })
        .try_collect()
        .await?;
    let sentences = clash_sentences(clashes);
    if sentences.is_empty() { Ok(UploadedFile { name, is_replay: false }) } else { Err(refusal(sentences)) }
}

fn clash_sentences(mut lines: Vec<u32>) -> Vec<String> {
    lines.sort_unstable();
    let mut faults = PgkFaults::default();
    for line in lines {
        faults.field(u64::from(line), "kitNo", KIT_IN_USE);
    }
    faults.into_sentences()
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

fn busy() -> Error {
    Error::Unavailable { doing: "claiming kits", source: "another file with the same kits is being validated".into() }
}
