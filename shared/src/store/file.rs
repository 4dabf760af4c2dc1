//! Files in the table: from their upload to the order that uses them.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::expression::{Condition, ItemUpdate, NO_ITEM, Write, below, differs, equal};
use super::item::{EventItem, FileItem, from_attributes, name, to_attributes};
use super::keys::Shelf;
use super::{Read, Store, keys, new_attempt, number, text, unreadable};
use crate::domain::{FileName, FilePin, FileStatus, KitFile, OrderId, Sequencer, TenantId, UploadId};
use crate::error::Error;

const READING: &str = "reading a file's item";
const BEGINNING: &str = "starting to validate a file";
const FINISHING: &str = "writing the verdict on a file";

/// Who may validate under a name.
#[derive(Debug)]
pub enum BeginOutcome {
    /// The name has the new content now, which is being validated.
    Ours,
    /// The name has this content, which the caller must compare with its own.
    Taken(Box<KitFile>),
}

/// When a new content may replace the one that a name has.
#[derive(Debug, Clone, Copy)]
pub enum Precedence {
    /// A caller waits for the answer: the name keeps a content that an order uses, that is valid and the same, or that is
    /// being validated.
    Upload {
        /// The instant against which leases are checked.
        now: Timestamp,
    },
    /// From an event for an object at one of our own keys, each of which is used once: the first object there stays.
    Ticket,
    /// From an event for a partner's drop: the newer one stays, whatever the order of the events, unless an order uses
    /// the older.
    Drop,
}

impl Precedence {
    fn condition(self, file: &KitFile, digest: Option<&str>) -> Condition {
        let is_older = below(name::UPLOAD_ID, text(file.upload.as_str()));
        let key = || text(&file.object.key);
        let is_replaceable = match self {
            Self::Upload { now } => Condition::All(vec![
                is_older,
                Condition::Any(vec![
                    is(FileStatus::Invalid),
                    Condition::All(vec![
                        differs(name::DIGEST, text(digest.unwrap_or_default())),
                        Condition::Any(vec![is(FileStatus::Valid), below(name::LEASE_UNTIL, number(now.as_second()))]),
                    ]),
                ]),
            ]),
            Self::Ticket => Condition::All(vec![differs(name::OBJECT_KEY, key()), is_older]),
            Self::Drop => {
                let sequencer = text(file.sequencer.as_ref().map(Sequencer::as_str).unwrap_or_default());
                Condition::Any(vec![
                    Condition::All(vec![equal(name::OBJECT_KEY, key()), below(name::SEQUENCER, sequencer)]),
                    Condition::All(vec![differs(name::OBJECT_KEY, key()), is_older]),
                ])
            }
        };
        Condition::Any(vec![NO_ITEM, Condition::All(vec![Condition::Absent(name::USED_BY), is_replaceable])])
    }
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The kits that the file claims: it must have as many losses as when they were claimed.
    Claims {
        /// Those losses.
        epoch: u32,
    },
    /// The file's content alone, for which it is refused.
    Content,
}

/// What became of a verdict.
#[derive(Debug)]
pub enum FinishOutcome {
    /// It was written.
    Written,
    /// Another file made this one's claims void; all kits must be claimed again.
    LostKits {
        /// How many losses it has by now.
        losses: u32,
    },
    /// The file had a verdict already, or its name has another content.
    Overtaken(Option<Box<KitFile>>),
}

impl Store {
    /// Reads what is known of a file.
    pub async fn file(&self, tenant: &TenantId, file: &FileName) -> Result<Option<KitFile>, Error> {
        let item = self.of(tenant).await?.get(READING, keys::file(tenant, file), keys::ALONE, Read::Consistent).await?;
        item.map(|item| from_attributes(item).map_err(unreadable(READING)).and_then(kit_file)).transpose()
    }

    /// Puts a new content under a name, if it may replace the one that is there.
    pub async fn begin_file(
        &self,
        tenant: &TenantId,
        file: &KitFile,
        precedence: Precedence,
    ) -> Result<BeginOutcome, Error> {
        let attempt = new_attempt();
        let item = FileItem::new(tenant, file, &attempt);
        // What only another content has goes. The version goes on, so that the events of a name have an order.
        let earlier = [
            (name::SEQUENCER, item.sequencer.is_none()),
            (name::DIGEST, item.digest.is_none()),
            (name::FAULTS, item.faults.is_empty()),
            (name::STATUS_INDEX_PK, true),
            (name::STATUS_INDEX_SK, true),
        ];
        let earlier: Vec<&str> = earlier.into_iter().filter(|(_, is_gone)| *is_gone).map(|(name, _)| name).collect();
        let update = ItemUpdate::of(keys::file(tenant, &file.name))
            .set_all(BEGINNING, &item)?
            .remove(&earlier)
            .when(precedence.condition(file, item.digest.as_deref()));
        // In a box, since the compiler warns of futures that are nested as deeply as the SDK's.
        let store = self.of(tenant).await?;
        let commit = Box::pin(store.commit(BEGINNING, [Write::Update(update)], &attempt));
        match commit.await?.refused_by()? {
            None => Ok(BeginOutcome::Ours),
            Some(old) => kit_file(old).map(|known| BeginOutcome::Taken(Box::new(known))),
        }
    }

    /// Writes what was found in a stored file, and that its kits are being claimed now. `false`: its name has another
    /// content, or it has a verdict.
    pub async fn describe_file(&self, tenant: &TenantId, file: &KitFile, now: Timestamp) -> Result<bool, Error> {
        let attempt = new_attempt();
        let item = FileItem::new(tenant, file, &attempt);
        let groups = item.groups.iter().map(|group| to_attributes(group).map(AttributeValue::M));
        let groups = groups.collect::<Result<_, _>>().map_err(unreadable(BEGINNING))?;
        let update = moved(tenant, file, FileStatus::Validating, now)?
            .marked(&attempt)
            .set(name::DIGEST, text(item.digest.unwrap_or_default()))
            .set(name::DETAILS, number(file.details.into()))
            .set(name::GROUPS, AttributeValue::L(groups))
            .set(name::LEASE_UNTIL, number(file.lease_until.as_second()))
            .when(is_of(&file.upload))
            .when(has_no_verdict());
        Ok(self.of(tenant).await?.commit(BEGINNING, [Write::Update(update)], &attempt).await?.is_written())
    }

    /// Writes VALID or INVALID, unless the file has lost its name, or the claims on which the verdict rests.
    pub async fn finish_file(
        &self,
        tenant: &TenantId,
        file: &KitFile,
        faults: Vec<String>,
        basis: Basis,
        now: Timestamp,
    ) -> Result<FinishOutcome, Error> {
        let attempt = new_attempt();
        let verdict = if faults.is_empty() { FileStatus::Valid } else { FileStatus::Invalid };
        let mut update = moved(tenant, file, verdict, now)?
            .marked(&attempt)
            .set(name::FAULTS, AttributeValue::L(faults.into_iter().map(text).collect()))
            .when(has_no_verdict())
            .when(is_of(&file.upload));
        if verdict == FileStatus::Invalid {
            update = update.listed(keys::by_status(tenant, Shelf::InvalidFile, 0, now, &file.name));
        }
        if let Basis::Claims { epoch } = basis {
            update = update.when(equal(name::LOSSES, number(epoch.into())));
        }
        let outcome = self.of(tenant).await?.commit(FINISHING, [Write::Update(update)], &attempt).await?;
        if outcome.is_written() {
            return Ok(FinishOutcome::Written);
        }
        let old: Option<FileItem> = outcome.refused_by()?;
        Ok(match old.map(kit_file).transpose()? {
            Some(old) if old.upload == file.upload && !old.status.has_verdict() => {
                FinishOutcome::LostKits { losses: old.losses }
            }
            old => FinishOutcome::Overtaken(old.map(Box::new)),
        })
    }

    /// Keeps the name for the content that is being validated. `false`: it no longer is.
    pub async fn renew_lease(&self, tenant: &TenantId, file: &KitFile, until: Timestamp) -> Result<bool, Error> {
        let update = update_file(tenant, &file.name)
            .set(name::LEASE_UNTIL, number(until.as_second()))
            .when(is(FileStatus::Validating))
            .when(is_of(&file.upload));
        Ok(self.of(tenant).await?.commit(BEGINNING, [Write::Update(update)], &new_attempt()).await?.is_written())
    }
}

/// The part of a new order's transaction that takes its file.
pub(super) fn take_file(tenant: &TenantId, pin: &FilePin, order: &OrderId, attempt: &str) -> Write {
    let update = update_file(tenant, &pin.name)
        .marked(attempt)
        .set(name::USED_BY, text(order.as_str()))
        .when(is(FileStatus::Valid))
        .when(equal(name::OBJECT_VERSION, text(&pin.object.version_id)))
        .when(Condition::Absent(name::USED_BY));
    Write::Update(update)
}

/// The part of an ending order's transaction that frees its file.
pub(super) fn free_file(tenant: &TenantId, file: &FileName, order: &OrderId, attempt: &str) -> Write {
    let update = update_file(tenant, file)
        .marked(attempt)
        .remove(&[name::USED_BY])
        .when(equal(name::USED_BY, text(order.as_str())));
    Write::Update(update)
}

/// Begins an update of a file that makes no event.
pub(super) fn update_file(tenant: &TenantId, file: &FileName) -> ItemUpdate {
    ItemUpdate::of(keys::file(tenant, file)).count(name::VERSION).without_event()
}

/// Begins an update that moves a file to another status, which is an event.
fn moved(tenant: &TenantId, file: &KitFile, to: FileStatus, now: Timestamp) -> Result<ItemUpdate, Error> {
    let update =
        ItemUpdate::of(keys::file(tenant, &file.name)).count(name::VERSION).set(name::STATUS, text(to.as_str()));
    if file.status == to {
        return Ok(update.without_event());
    }
    let event = EventItem::of_file(tenant, file.name.as_str(), Some(file.status), to, file.details, now);
    update.with_event(FINISHING, &event)
}

fn is(status: FileStatus) -> Condition {
    equal(name::STATUS, text(status.as_str()))
}

/// The name still has the content of this upload.
pub(super) fn is_of(upload: &UploadId) -> Condition {
    equal(name::UPLOAD_ID, text(upload.as_str()))
}

pub(super) fn has_no_verdict() -> Condition {
    Condition::Any(vec![is(FileStatus::Stored), is(FileStatus::Validating)])
}

fn kit_file(item: FileItem) -> Result<KitFile, Error> {
    item.try_into().map_err(unreadable(READING))
}
