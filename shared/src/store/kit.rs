//! Kit blocks: which uploads claim which of up to 1,000 kit numbers. What a claim means, and who may write what when, is up to
//! the use case (`files/claims.rs`); here a block is read as it is, and written on condition that nobody wrote it since.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::Put;

use super::block::{KitBlock, KitClaim};
use super::item::{BlockItem, ClaimItem, from_attributes, name, to_attributes};
use super::write::{Old, Outcome, Write, commit};
use super::{Read, Store, keys, new_attempt, number, text, unbuilt, unreadable};
use crate::domain::{FileStatus, TenantId};
use crate::error::Error;
use crate::pgk::BlockKey;

const READING: &str = "reading a kit block";
const CLAIMING: &str = "claiming kits";

impl Store {
    /// Reads a block.
    pub async fn kit_block(&self, tenant: &TenantId, key: BlockKey) -> Result<KitBlock, Error> {
        let item = self.get(READING, keys::kit_block(tenant, key), keys::ALONE, Read::Consistent).await?;
        item.map_or_else(
            || Ok(KitBlock::default()),
            |item| from_attributes(item).map(block).map_err(unreadable(READING)),
        )
    }

    /// Writes the claims of a block that was read at `version`. Returns the block as it is, if somebody wrote it since: an
    /// earlier attempt of this very call among them.
    pub async fn write_kit_block(
        &self,
        tenant: &TenantId,
        key: BlockKey,
        version: u64,
        claims: Vec<KitClaim>,
    ) -> Result<Option<KitBlock>, Error> {
        let item = BlockItem {
            pk: keys::kit_block(tenant, key),
            sk: keys::ALONE.to_owned(),
            version: version + 1,
            claims: claims.into_iter().map(ClaimItem::from).collect(),
        };
        let put =
            Put::builder().table_name(&self.table).set_item(Some(to_attributes(&item).map_err(unreadable(CLAIMING))?));
        let put = if version == 0 {
            put.condition_expression(format!("attribute_not_exists({})", name::PK))
        } else {
            put.condition_expression("#version = :version")
                .expression_attribute_names("#version", name::BLOCK_VERSION)
                .set_expression_attribute_values(Some(HashMap::from([(
                    ":version".to_owned(),
                    number(i64::try_from(version).unwrap_or(i64::MAX)),
                )])))
        };
        let put = put.build().map_err(unbuilt(CLAIMING))?;
        let mut outcome = commit(&self.client, CLAIMING, &[Write::Put(put)], &new_attempt()).await?;
        let Some(Old(old)) = outcome.take_refused(0) else { return Ok(None) };
        let Some(old) = old else { return Ok(Some(KitBlock::default())) };
        from_attributes(old).map(|item| Some(block(item))).map_err(unreadable(CLAIMING))
    }

    /// Makes every claim of a file that is being validated void, whose epoch is that of this claim: the file has one loss
    /// more, and has to claim anew. Returns whether it was this call that did it.
    pub async fn fence_file(&self, tenant: &TenantId, claim: &KitClaim) -> Result<bool, Error> {
        let update = self
            .update_file(tenant, &claim.file)
            .update_expression(format!("ADD {} :one", name::LOSSES))
            .condition_expression(format!(
                "{token} = :token AND {status} IN (:stored, :validating) AND {losses} = :epoch",
                token = name::TOKEN,
                status = name::STATUS,
                losses = name::LOSSES,
            ))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":token", text(claim.token.as_str()))
            .expression_attribute_values(":stored", text(FileStatus::Stored.as_str()))
            .expression_attribute_values(":validating", text(FileStatus::Validating.as_str()))
            .expression_attribute_values(":epoch", number(i64::from(claim.epoch)))
            .build()
            .map_err(unbuilt(CLAIMING))?;
        let outcome = commit(&self.client, CLAIMING, &[Write::Update(update)], &new_attempt()).await?;
        Ok(matches!(outcome, Outcome::Written))
    }
}

fn block(item: BlockItem) -> KitBlock {
    KitBlock { version: item.version, claims: item.claims.into_iter().map(KitClaim::from).collect() }
}
