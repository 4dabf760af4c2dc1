//! Files in the table: from their upload to the order that uses them.

use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use jiff::Timestamp;

use super::item::{FileItem, from_attributes, name, to_attributes};
use super::order::FilePin;
use super::write::{Old, Outcome, Write, commit};
use super::{Read, Store, keys, new_attempt, number, text, unbuilt, unreadable};
use crate::domain::{FileName, FileStatus, KitFile, OrderId, TenantId};
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

/// What became of a verdict.
#[derive(Debug)]
pub enum Finished {
    /// It stands.
    Written,
    /// Another file took over a kit while this one was being validated; claim them all again.
    LostAKit,
    /// The file had a verdict already, or its name stands for another content.
    Overtaken(Option<Box<KitFile>>),
}

impl Store {
    /// Reads what is known of a file.
    pub async fn file(&self, tenant: &TenantId, file: &FileName) -> Result<Option<KitFile>, Error> {
        let item = self.get(READING, keys::file(tenant, file), keys::ALONE, Read::Consistent).await?;
        item.map(kit_file).transpose()
    }

    /// Puts a new content under a name, to be validated: if the name is new, or its content is invalid, or is another
    /// content that no order uses and that nobody whose lease lasts is validating.
    pub async fn begin_file(&self, tenant: &TenantId, file: &KitFile, now: Timestamp) -> Result<Begun, Error> {
        let attempt = new_attempt();
        let item = FileItem::new(keys::file(tenant, &file.name), file, &attempt);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(to_attributes(&item).map_err(unreadable(BEGINNING))?))
            .condition_expression(format!(
                "attribute_not_exists({pk}) OR (attribute_not_exists({used}) AND ({status} = :invalid \
                 OR ({digest} <> :digest AND ({status} <> :validating OR {lease} < :now))))",
                pk = name::PK,
                used = name::USED_BY,
                status = name::STATUS,
                digest = name::DIGEST,
                lease = name::LEASE_UNTIL,
            ))
            .expression_attribute_values(":invalid", text(FileStatus::Invalid.as_str()))
            .expression_attribute_values(":digest", text(item.digest))
            .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
            .expression_attribute_values(":now", number(now.as_second()))
            .build()
            .map_err(unbuilt(BEGINNING))?;
        let mut outcome = commit(&self.client, BEGINNING, &[Write::Put(put)], &attempt).await?;
        let Some(Old(old)) = outcome.take_refused(0) else { return Ok(Begun::Ours) };
        let old: FileItem = from_attributes(old.unwrap_or_default()).map_err(unreadable(BEGINNING))?;
        if old.attempt == attempt {
            return Ok(Begun::Ours);
        }
        Ok(Begun::Taken(Box::new(old.try_into().map_err(unreadable(BEGINNING))?)))
    }

    /// Writes VALID or INVALID, unless the file has lost a kit or its name since it was begun.
    pub async fn finish_file(&self, tenant: &TenantId, file: &KitFile, faults: Vec<String>) -> Result<Finished, Error> {
        let attempt = new_attempt();
        let verdict = if faults.is_empty() { FileStatus::Valid } else { FileStatus::Invalid };
        // A file that is refused anyway may lose kits.
        let keeps_kits = match verdict {
            FileStatus::Valid => format!(" AND attribute_not_exists({})", name::LOST_A_KIT),
            _ => String::new(),
        };
        let update = self
            .update_file(tenant, &file.name)
            .update_expression(format!(
                "SET {status} = :verdict, {attempt} = :attempt, {faults} = :faults REMOVE {lost}",
                status = name::STATUS,
                attempt = name::ATTEMPT,
                faults = name::FAULTS,
                lost = name::LOST_A_KIT,
            ))
            .condition_expression(format!(
                "{status} = :validating AND {token} = :token{keeps_kits}",
                status = name::STATUS,
                token = name::TOKEN,
            ))
            .expression_attribute_values(":verdict", text(verdict.as_str()))
            .expression_attribute_values(":attempt", text(&attempt))
            .expression_attribute_values(":faults", AttributeValue::L(faults.into_iter().map(text).collect()))
            .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
            .expression_attribute_values(":token", text(file.token.as_str()))
            .build()
            .map_err(unbuilt(FINISHING))?;
        let mut outcome = commit(&self.client, FINISHING, &[Write::Update(update)], &attempt).await?;
        let Some(Old(old)) = outcome.take_refused(0) else { return Ok(Finished::Written) };
        let Some(old) = old else { return Ok(Finished::Overtaken(None)) };
        let old: FileItem = from_attributes(old).map_err(unreadable(FINISHING))?;
        if old.attempt == attempt {
            return Ok(Finished::Written);
        }
        if old.status == FileStatus::Validating && old.token == file.token {
            return Ok(Finished::LostAKit);
        }
        Ok(Finished::Overtaken(Some(Box::new(old.try_into().map_err(unreadable(FINISHING))?))))
    }

    /// Forgets that a kit was lost, before all of them are claimed anew, and renews the lease. `false`: the file is no
    /// longer being validated.
    pub async fn renew_file(&self, tenant: &TenantId, file: &KitFile, lease_until: Timestamp) -> Result<bool, Error> {
        let attempt = new_attempt();
        let update = self
            .update_file(tenant, &file.name)
            .update_expression(format!("SET {} = :lease REMOVE {}", name::LEASE_UNTIL, name::LOST_A_KIT))
            .condition_expression(format!("{} = :validating AND {} = :token", name::STATUS, name::TOKEN))
            .expression_attribute_values(":lease", number(lease_until.as_second()))
            .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
            .expression_attribute_values(":token", text(file.token.as_str()))
            .build()
            .map_err(unbuilt(BEGINNING))?;
        let outcome = commit(&self.client, BEGINNING, &[Write::Update(update)], &attempt).await?;
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

    pub(super) fn update_file(
        &self,
        tenant: &TenantId,
        file: &FileName,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .key(name::PK, text(keys::file(tenant, file)))
            .key(name::SK, text(keys::ALONE))
    }
}

fn kit_file(attributes: super::item::Attributes) -> Result<KitFile, Error> {
    let item: FileItem = from_attributes(attributes).map_err(unreadable(READING))?;
    item.try_into().map_err(unreadable(READING))
}
