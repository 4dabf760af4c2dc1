//! Files in the table: from their upload to the order that uses them.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use jiff::Timestamp;

use super::item::{Attributes, FileItem, from_attributes, name, to_attributes};
use super::write::{Old, Outcome, Write, commit};
use super::{Read, Store, keys, new_attempt, number, text, unbuilt, unreadable};
use crate::domain::{FileName, FilePin, FileStatus, KitFile, OrderId, Sequencer, TenantId};
use crate::error::Error;

const READING: &str = "reading a file's item";
const BEGINNING: &str = "beginning to validate a file";
const FINISHING: &str = "writing the verdict on a file";
const LINKING: &str = "taking or freeing a file";

/// Who may validate under a name.
#[derive(Debug)]
pub enum Begun {
    /// The name stands for the new content now, which is being validated.
    Ours,
    /// The name stands for this content, which the caller must compare with its own.
    Taken(Box<KitFile>),
}

/// By what right a content takes a name.
#[derive(Debug, Clone, Copy)]
pub enum Precedence {
    /// A caller waits for the answer: what is valid and the same, in use, or being validated stays.
    Upload {
        /// The instant against which leases are held.
        now: Timestamp,
    },
    /// An event told of an object at a key of ours, which is used once: the first object there stays.
    Ticket,
    /// An event told of a partner's drop: the newer stays, in whatever order events come, unless an order uses the older.
    Drop,
}

/// A name may be taken that is new, or that no order uses and whose content is older.
fn newer(is_older: &str) -> String {
    format!("attribute_not_exists({}) OR (attribute_not_exists({}) AND ({is_older}))", name::PK, name::USED_BY)
}

/// Whether a verdict rests on the kits that the file has claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Losses {
    /// It does: the file must have as many losses as when they were claimed.
    Are(u32),
    /// It does not: the file is refused for what it holds.
    Any,
}

/// What became of a verdict.
#[derive(Debug)]
pub enum Finished {
    /// It stands.
    Written,
    /// Another file made this one's claims void; claim all kits again.
    LostKits {
        /// How many losses it has by now.
        losses: u32,
    },
    /// The file had a verdict already, or its name stands for another content.
    Overtaken(Option<Box<KitFile>>),
}

impl Store {
    /// Reads what is known of a file.
    pub async fn file(&self, tenant: &TenantId, file: &FileName) -> Result<Option<KitFile>, Error> {
        let item = self.get(READING, keys::file(tenant, file), keys::ALONE, Read::Consistent).await?;
        item.map(kit_file).transpose()
    }

    /// Puts a new content under a name, if nothing that goes before it stands there.
    pub async fn begin_file(&self, tenant: &TenantId, file: &KitFile, precedence: Precedence) -> Result<Begun, Error> {
        let attempt = new_attempt();
        let item = FileItem::new(keys::file(tenant, &file.name), file, &attempt);
        let put =
            Put::builder().table_name(&self.table).set_item(Some(to_attributes(&item).map_err(unreadable(BEGINNING))?));
        let put = match precedence {
            Precedence::Upload { now } => put
                .condition_expression(format!(
                    "attribute_not_exists({pk}) OR (attribute_not_exists({used}) AND {token} < :token AND ({status} = \
                     :invalid OR ({digest} <> :digest AND ({status} = :valid OR {lease} < :now))))",
                    pk = name::PK,
                    used = name::USED_BY,
                    status = name::STATUS,
                    token = name::TOKEN,
                    digest = name::DIGEST,
                    lease = name::LEASE_UNTIL,
                ))
                .expression_attribute_values(":token", text(file.token.as_str()))
                .expression_attribute_values(":valid", text(FileStatus::Valid.as_str()))
                .expression_attribute_values(":invalid", text(FileStatus::Invalid.as_str()))
                .expression_attribute_values(":digest", text(item.digest.unwrap_or_default()))
                .expression_attribute_values(":now", number(now.as_second())),
            Precedence::Ticket => put
                .condition_expression(newer(&format!("{} <> :key AND {} < :token", name::OBJECT_KEY, name::TOKEN)))
                .expression_attribute_values(":key", text(&file.object.key))
                .expression_attribute_values(":token", text(file.token.as_str())),
            Precedence::Drop => put
                .condition_expression(newer(&format!(
                    "({key} = :key AND {sequencer} < :sequencer) OR ({key} <> :key AND {token} < :token)",
                    key = name::OBJECT_KEY,
                    sequencer = name::SEQUENCER,
                    token = name::TOKEN,
                )))
                .expression_attribute_values(":key", text(&file.object.key))
                .expression_attribute_values(
                    ":sequencer",
                    text(file.sequencer.as_ref().map(Sequencer::as_str).unwrap_or_default()),
                )
                .expression_attribute_values(":token", text(file.token.as_str())),
        };
        let put = put.build().map_err(unbuilt(BEGINNING))?;
        let mut outcome = commit(&self.client, BEGINNING, &[Write::Put(put)], &attempt).await?;
        let Some(Old(old)) = outcome.take_refused(0) else { return Ok(Begun::Ours) };
        let old: FileItem = from_attributes(old.unwrap_or_default()).map_err(unreadable(BEGINNING))?;
        if old.attempt == attempt {
            return Ok(Begun::Ours);
        }
        Ok(Begun::Taken(Box::new(old.try_into().map_err(unreadable(BEGINNING))?)))
    }

    /// Writes what was found in a stored file, and that its kits are being claimed now. `false`: its name stands for
    /// another content, or it has a verdict.
    pub async fn describe_file(&self, tenant: &TenantId, file: &KitFile) -> Result<bool, Error> {
        let attempt = new_attempt();
        let item = FileItem::new(keys::file(tenant, &file.name), file, &attempt);
        let groups: Vec<Attributes> =
            item.groups.iter().map(to_attributes).collect::<Result<_, _>>().map_err(unreadable(BEGINNING))?;
        let update = self
            .update_file(tenant, &file.name)
            .update_expression(format!(
                "SET {status} = :validating, {attempt} = :attempt, {digest} = :digest, {details} = :details, \
                 {groups} = :groups, {lease} = :lease",
                status = name::STATUS,
                attempt = name::ATTEMPT,
                digest = name::DIGEST,
                details = name::DETAILS,
                groups = name::GROUPS,
                lease = name::LEASE_UNTIL,
            ))
            .condition_expression(format!(
                "{token} = :token AND {status} IN (:stored, :validating)",
                token = name::TOKEN,
                status = name::STATUS,
            ))
            .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
            .expression_attribute_values(":stored", text(FileStatus::Stored.as_str()))
            .expression_attribute_values(":attempt", text(&attempt))
            .expression_attribute_values(":digest", text(item.digest.unwrap_or_default()))
            .expression_attribute_values(":details", number(i64::from(file.details)))
            .expression_attribute_values(
                ":groups",
                AttributeValue::L(groups.into_iter().map(AttributeValue::M).collect()),
            )
            .expression_attribute_values(":lease", number(file.lease_until.as_second()))
            .expression_attribute_values(":token", text(file.token.as_str()))
            .build()
            .map_err(unbuilt(BEGINNING))?;
        let outcome = commit(&self.client, BEGINNING, &[Write::Update(update)], &attempt).await?;
        Ok(matches!(outcome, Outcome::Written))
    }

    /// Writes VALID or INVALID, unless the file has lost its name, or the claims on which the verdict rests.
    pub async fn finish_file(
        &self,
        tenant: &TenantId,
        file: &KitFile,
        faults: Vec<String>,
        losses: Losses,
    ) -> Result<Finished, Error> {
        let attempt = new_attempt();
        let verdict = if faults.is_empty() { FileStatus::Valid } else { FileStatus::Invalid };
        let keeps_kits = match losses {
            Losses::Are(_) => format!(" AND {} = :losses", name::LOSSES),
            Losses::Any => String::new(),
        };
        let update = self
            .update_file(tenant, &file.name)
            .update_expression(format!(
                "SET {status} = :verdict, {attempt} = :attempt, {faults} = :faults",
                status = name::STATUS,
                attempt = name::ATTEMPT,
                faults = name::FAULTS,
            ))
            .condition_expression(format!(
                "{status} IN (:stored, :validating) AND {token} = :token{keeps_kits}",
                status = name::STATUS,
                token = name::TOKEN,
            ))
            .expression_attribute_values(":stored", text(FileStatus::Stored.as_str()))
            .expression_attribute_values(":verdict", text(verdict.as_str()))
            .expression_attribute_values(":attempt", text(&attempt))
            .expression_attribute_values(":faults", AttributeValue::L(faults.into_iter().map(text).collect()))
            .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
            .expression_attribute_values(":token", text(file.token.as_str()));
        let update = match losses {
            Losses::Are(losses) => update.expression_attribute_values(":losses", number(i64::from(losses))),
            Losses::Any => update,
        };
        let update = update.build().map_err(unbuilt(FINISHING))?;
        let mut outcome = commit(&self.client, FINISHING, &[Write::Update(update)], &attempt).await?;
        let Some(Old(old)) = outcome.take_refused(0) else { return Ok(Finished::Written) };
        let Some(old) = old else { return Ok(Finished::Overtaken(None)) };
        let old: FileItem = from_attributes(old).map_err(unreadable(FINISHING))?;
        if old.attempt == attempt {
            return Ok(Finished::Written);
        }
        if matches!(old.status, FileStatus::Stored | FileStatus::Validating) && old.token == file.token {
            return Ok(Finished::LostKits { losses: old.losses });
        }
        Ok(Finished::Overtaken(Some(Box::new(old.try_into().map_err(unreadable(FINISHING))?))))
    }

    /// Keeps the name for the content that is being validated. `false`: it no longer is.
    pub async fn renew_lease(&self, tenant: &TenantId, file: &KitFile, until: Timestamp) -> Result<bool, Error> {
        let update = self
            .update_file(tenant, &file.name)
            .update_expression(format!("SET {} = :lease", name::LEASE_UNTIL))
            .expression_attribute_values(":lease", number(until.as_second()));
        self.update_validating(update, file).await
    }

    /// An update that may be repeated, on a file that is being validated.
    async fn update_validating(&self, update: UpdateBuilder, file: &KitFile) -> Result<bool, Error> {
        let update = update
            .condition_expression(format!("{} = :validating AND {} = :token", name::STATUS, name::TOKEN))
            .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
            .expression_attribute_values(":token", text(file.token.as_str()))
            .build()
            .map_err(unbuilt(BEGINNING))?;
        let outcome = commit(&self.client, BEGINNING, &[Write::Update(update)], &new_attempt()).await?;
        Ok(matches!(outcome, Outcome::Written))
    }

    /// The part of a new order's transaction that takes its file.
    pub(super) fn take_file(
        &self,
        tenant: &TenantId,
        pin: &FilePin,
        order: &OrderId,
        attempt: &str,
    ) -> Result<Write, Error> {
        self.update_file(tenant, &pin.name)
            .update_expression(format!("SET {} = :order, {} = :attempt", name::USED_BY, name::ATTEMPT))
            .condition_expression(format!(
                "{status} = :valid AND {version} = :version AND attribute_not_exists({used})",
                status = name::STATUS,
                version = name::OBJECT_VERSION,
                used = name::USED_BY,
            ))
            .expression_attribute_values(":order", text(order.as_str()))
            .expression_attribute_values(":attempt", text(attempt))
            .expression_attribute_values(":valid", text(FileStatus::Valid.as_str()))
            .expression_attribute_values(":version", text(&pin.object.version_id))
            .build()
            .map(Write::Update)
            .map_err(unbuilt(LINKING))
    }

    /// The part of an ending order's transaction that frees its file.
    pub(super) fn free_file(
        &self,
        tenant: &TenantId,
        file: &FileName,
        order: &OrderId,
        attempt: &str,
    ) -> Result<Write, Error> {
        self.update_file(tenant, file)
            .update_expression(format!("SET {} = :attempt REMOVE {}", name::ATTEMPT, name::USED_BY))
            .condition_expression(format!("{} = :order", name::USED_BY))
            .expression_attribute_values(":order", text(order.as_str()))
            .expression_attribute_values(":attempt", text(attempt))
            .build()
            .map(Write::Update)
            .map_err(unbuilt(LINKING))
    }

    pub(super) fn update_file(&self, tenant: &TenantId, file: &FileName) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .key(name::PK, text(keys::file(tenant, file)))
            .key(name::SK, text(keys::ALONE))
    }
}

fn kit_file(attributes: Attributes) -> Result<KitFile, Error> {
    let item: FileItem = from_attributes(attributes).map_err(unreadable(READING))?;
    item.try_into().map_err(unreadable(READING))
}
