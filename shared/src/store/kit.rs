//! Claims on kits: a kit belongs to one content of one file. A claim is tentative until that content is VALID; then it
//! is final.

use aws_sdk_dynamodb::types::{ConditionCheck, Put};

use super::item::{KitItem, from_attributes, name, to_attributes};
use super::write::{Old, Outcome, Write, commit};
use super::{Read, Store, keys, new_attempt, text, unbuilt, unreadable};
use crate::domain::{FileName, FileStatus, FileToken, KitFile, TenantId};
use crate::error::Error;
use crate::pgk::KitNo;

const CLAIMING: &str = "claiming a kit";

/// The content of a file that has claimed a kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitOwner {
    /// The file's name.
    pub file: FileName,
    /// The content.
    pub token: FileToken,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The kit is ours.
    Ours,
    /// Somebody claimed it before.
    Taken(KitOwner),
}

/// On what ground a claim is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// The other content is INVALID, or its name has another content now: it will never be VALID.
    Abandoned,
    /// The other content is still being validated and ours goes first; it is told that it lost a kit.
    First,
}

impl Store {
    /// Claims a kit for a file that is being validated. To claim it again is harmless.
    pub async fn claim_kit(&self, tenant: &TenantId, kit: KitNo, file: &KitFile) -> Result<Claim, Error> {
        let attempt = new_attempt();
        let condition = format!("attribute_not_exists({}) OR {} = :own", name::PK, name::OWNER);
        let put = self.kit_put(tenant, kit, file, condition, file.token.as_str())?;
        let mut outcome = commit(&self.client, CLAIMING, &[put], &attempt).await?;
        let Some(Old(old)) = outcome.take_refused(0) else { return Ok(Claim::Ours) };
        let old: KitItem = from_attributes(old.unwrap_or_default()).map_err(unreadable(CLAIMING))?;
        Ok(Claim::Taken(KitOwner { file: old.file, token: old.owner }))
    }

    /// Who has claimed a kit.
    pub async fn kit_owner(&self, tenant: &TenantId, kit: KitNo) -> Result<Option<KitOwner>, Error> {
        let Some(item) = self.get(CLAIMING, keys::kit(tenant, kit), keys::ALONE, Read::Eventual).await? else {
            return Ok(None);
        };
        let item: KitItem = from_attributes(item).map_err(unreadable(CLAIMING))?;
        Ok(Some(KitOwner { file: item.file, token: item.owner }))
    }

    /// Takes a claim over from another content, in one transaction with a check of that content's file. `false`: things
    /// have changed; look again.
    pub async fn take_over_kit(
        &self,
        tenant: &TenantId,
        kit: KitNo,
        file: &KitFile,
        from: &KitOwner,
        rank: Rank,
    ) -> Result<bool, Error> {
        let attempt = new_attempt();
        let put = self.kit_put(tenant, kit, file, format!("{} = :own", name::OWNER), from.token.as_str())?;
        let guard = match rank {
            // Of our own name only one content can be ours.
            Rank::Abandoned if from.file == file.name => {
                self.check_file(tenant, &from.file, format!("{} = :token", name::TOKEN), &file.token, None)?
            }
            Rank::Abandoned => {
                let condition = format!(
                    "attribute_not_exists({pk}) OR {token} <> :token OR {status} = :invalid",
                    pk = name::PK,
                    token = name::TOKEN,
                    status = name::STATUS,
                );
                self.check_file(tenant, &from.file, condition, &from.token, Some(FileStatus::Invalid))?
            }
            Rank::First => self
                .update_file(tenant, &from.file)
                .update_expression(format!("SET {} = :lost", name::LOST_A_KIT))
                .condition_expression(format!("{} = :token AND {} = :validating", name::TOKEN, name::STATUS))
                .expression_attribute_values(":lost", aws_sdk_dynamodb::types::AttributeValue::Bool(true))
                .expression_attribute_values(":token", text(from.token.as_str()))
                .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
                .build()
                .map(Write::Update)
                .map_err(unbuilt(CLAIMING))?,
        };
        let outcome = commit(&self.client, CLAIMING, &[put, guard], &attempt).await?;
        Ok(matches!(outcome, Outcome::Written))
    }

    fn kit_put(
        &self,
        tenant: &TenantId,
        kit: KitNo,
        file: &KitFile,
        condition: String,
        own: &str,
    ) -> Result<Write, Error> {
        let item = KitItem {
            pk: keys::kit(tenant, kit),
            sk: keys::ALONE.to_owned(),
            owner: file.token.clone(),
            file: file.name.clone(),
        };
        Put::builder()
            .table_name(&self.table)
            .set_item(Some(to_attributes(&item).map_err(unreadable(CLAIMING))?))
            .condition_expression(condition)
            .expression_attribute_values(":own", text(own))
            .build()
            .map(Write::Put)
            .map_err(unbuilt(CLAIMING))
    }

    fn check_file(
        &self,
        tenant: &TenantId,
        file: &FileName,
        condition: String,
        token: &FileToken,
        invalid: Option<FileStatus>,
    ) -> Result<Write, Error> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .key(name::PK, text(keys::file(tenant, file)))
            .key(name::SK, text(keys::ALONE))
            .condition_expression(condition)
            .expression_attribute_values(":token", text(token.as_str()));
        let check = match invalid {
            Some(status) => check.expression_attribute_values(":invalid", text(status.as_str())),
            None => check,
        };
        check.build().map(Write::Check).map_err(unbuilt(CLAIMING))
    }
}
