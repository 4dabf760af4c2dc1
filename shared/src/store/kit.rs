//! Kit blocks: which uploads claim which of up to 1,000 kit numbers. The use case (`files/claims.rs`) decides what a claim
//! means and who may write when; here a block is read, and written if nobody has written it since.

use super::block::{KitBlock, KitClaim};
use super::expression::{NO_ITEM, Write, equal};
use super::file::{has_no_verdict, is_of, update_file};
use super::item::{BlockItem, ClaimItem, from_attributes, name};
use super::write::WriteOutcome;
use super::{Read, Store, keys, new_attempt, number, unreadable};
use crate::domain::TenantId;
use crate::error::Error;
use crate::pgk::BlockKey;

const READING: &str = "reading a kit block";
const CLAIMING: &str = "claiming kits";

impl Store {
    /// Reads a block.
    pub async fn kit_block(&self, tenant: &TenantId, key: BlockKey) -> Result<KitBlock, Error> {
        let item =
            self.of(tenant).await?.get(READING, keys::kit_block(tenant, key), keys::ALONE, Read::Consistent).await?;
        let block = item.map(|item| from_attributes(item).map(block)).transpose().map_err(unreadable(READING))?;
        Ok(block.unwrap_or_default())
    }

    /// Writes the claims of a block that was read at `version`. Returns the block as it is now, if it was written
    /// since, even by an earlier attempt of this call.
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
        let unchanged = match version {
            0 => NO_ITEM,
            version => equal(name::BLOCK_VERSION, number(version.cast_signed())),
        };
        let put = Write::put_if(CLAIMING, &item, unchanged)?;
        match self.of(tenant).await?.commit(CLAIMING, [put], &new_attempt()).await? {
            WriteOutcome::Refused(old) => old.read().map(|old| Some(old.map(block).unwrap_or_default())),
            WriteOutcome::Written | WriteOutcome::OtherRefused => Ok(None),
        }
    }

    /// Voids every claim of a file that is being validated, if its epoch is still that of this claim: adds one to the
    /// file's losses, so that it has to claim again. Returns whether this call did it.
    pub async fn fence_file(&self, tenant: &TenantId, claim: &KitClaim) -> Result<bool, Error> {
        let update = update_file(tenant, &claim.file)
            .increment(name::LOSSES)
            .when(is_of(&claim.upload))
            .when(has_no_verdict())
            .when(equal(name::LOSSES, number(claim.epoch.into())));
        Ok(self.of(tenant).await?.commit(CLAIMING, [Write::Update(update)], &new_attempt()).await?.is_written())
    }
}

fn block(item: BlockItem) -> KitBlock {
    KitBlock { version: item.version, claims: item.claims.into_iter().map(KitClaim::from).collect() }
}
