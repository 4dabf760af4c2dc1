//! Claims on kits: a kit belongs to one content of one file. A claim is tentative until that content is VALID; then it
//! is final.

use aws_sdk_dynamodb::types::Put;

use super::item::{KitItem, from_attributes, name, to_attributes};
use super::write::{Old, Outcome, Write, commit};
use super::{Read, Store, keys, new_attempt, number, text, unbuilt, unreadable};
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

impl Store {
    /// Claims a kit for a file that is being validated. To claim it again is harmless.
    pub async fn claim_kit(&self, tenant: &TenantId, kit: KitNo, file: &KitFile) -> Result<Claim, Error> {
        let attempt = new_attempt();
        let condition = format!("attribute_not_exists({}) OR {} = :own", name::PK, name::OWNER);
        let put = self.kit_put(tenant, kit, file, condition, &[(":own", &file.token)])?;
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

    /// Takes a claim over from a content that will never be VALID: it is INVALID, or its name has another content. Neither
    /// ever changes back, so that a look at the file before is enough. `false`: somebody else was quicker.
    pub async fn inherit_kit(
        &self,
        tenant: &TenantId,
        kit: KitNo,
        file: &KitFile,
        from: &KitOwner,
    ) -> Result<bool, Error> {
        let attempt = new_attempt();
        let condition = format!("{owner} = :own OR {owner} = :me", owner = name::OWNER);
        let put = self.kit_put(tenant, kit, file, condition, &[(":own", &from.token), (":me", &file.token)])?;
        let outcome = commit(&self.client, CLAIMING, &[put], &attempt).await?;
        Ok(matches!(outcome, Outcome::Written))
    }

    /// Takes a claim over from a content that is still being validated, which is told in the same transaction that it has
    /// lost a kit. `false`: things have changed; look again.
    pub async fn seize_kit(
        &self,
        tenant: &TenantId,
        kit: KitNo,
        file: &KitFile,
        from: &KitOwner,
    ) -> Result<bool, Error> {
        let attempt = new_attempt();
        let put = self.kit_put(tenant, kit, file, format!("{} = :own", name::OWNER), &[(":own", &from.token)])?;
        let told = self
            .update_file(tenant, &from.file)
            .update_expression(format!("ADD {} :one", name::LOSSES))
            .condition_expression(format!(
                "{token} = :token AND {status} IN (:stored, :validating)",
                token = name::TOKEN,
                status = name::STATUS,
            ))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":token", text(from.token.as_str()))
            .expression_attribute_values(":stored", text(FileStatus::Stored.as_str()))
            .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
            .build()
            .map(Write::Update)
            .map_err(unbuilt(CLAIMING))?;
        let outcome = commit(&self.client, CLAIMING, &[put, told], &attempt).await?;
        Ok(matches!(outcome, Outcome::Written))
    }

    fn kit_put(
        &self,
        tenant: &TenantId,
        kit: KitNo,
        file: &KitFile,
        condition: String,
        tokens: &[(&str, &FileToken)],
    ) -> Result<Write, Error> {
        let item = KitItem {
            pk: keys::kit(tenant, kit),
            sk: keys::ALONE.to_owned(),
            owner: file.token.clone(),
            file: file.name.clone(),
        };
        let values = tokens.iter().map(|(name, token)| ((*name).to_owned(), text(token.as_str()))).collect();
        Put::builder()
            .table_name(&self.table)
            .set_item(Some(to_attributes(&item).map_err(unreadable(CLAIMING))?))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .build()
            .map(Write::Put)
            .map_err(unbuilt(CLAIMING))
    }
}
