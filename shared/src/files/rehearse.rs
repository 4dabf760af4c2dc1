//! Checks an upload for clashes without writing anything.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};

use super::clashes::{self, FileBytes, refusal};
use super::context::Files;
use super::rivals::{Rivals, Standing};
use super::walk::AT_ONCE;
use crate::domain::{FileName, TenantId};
use crate::error::Error;
use crate::pgk::{Blocks, Slots};
use crate::store::KitBlock;

/// Rejects a file if valid files of other names have some of its kits.
pub(super) async fn rehearse(
    files: &Files,
    tenant: &TenantId,
    name: &FileName,
    blocks: &Blocks,
    content: &Bytes,
) -> Result<(), Error> {
    let rivals = &Rivals::new(files, tenant);
    let reads = blocks.after(None).map(|(key, wanted)| async move {
        let block = files.store.kit_block(tenant, key).await?;
        Ok::<_, Error>((key, clashing(block, &wanted, name, rivals).await?))
    });
    let mut reads = futures_util::stream::iter(reads).buffered(AT_ONCE);
    let mut lost = Vec::new();
    while let Some((key, slots)) = reads.try_next().await? {
        lost.extend(key.kits(slots));
    }
    let sentences = clashes::sentences(files, FileBytes::Held(content), lost).await?;
    if sentences.is_empty() { Ok(()) } else { Err(refusal(sentences)) }
}

/// Returns the wanted slots of a block that valid files of other names have.
async fn clashing(block: KitBlock, wanted: &Slots, name: &FileName, rivals: &Rivals<'_>) -> Result<Slots, Error> {
    let mut lost = Slots::default();
    for claim in block.claims.iter().filter(|claim| claim.file != *name) {
        let contested = claim.slots.shared_with(wanted);
        if !contested.is_empty() && matches!(rivals.look(claim).await?, Standing::Valid) {
            lost = lost.joined_with(&contested);
        }
    }
    Ok(lost)
}
