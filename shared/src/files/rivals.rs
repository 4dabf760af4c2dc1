//! The other uploads that claim the same kits: which of their claims count, and which no longer do.

use std::collections::HashMap;

use tokio::sync::Mutex;

use super::context::Files;
use crate::domain::{FileStatus, KitFile, TenantId, UploadId};
use crate::error::Error;
use crate::store::KitClaim;

/// What one call knows of the uploads that claim the same kits as its own. It is shared by all blocks that are claimed at
/// once, so a file is fenced by one update, however many of its claims are in the way.
pub(super) struct Rivals<'a> {
    files: &'a Files,
    tenant: &'a TenantId,
    known: Mutex<HashMap<UploadId, Known>>,
}

/// What was read of an upload and will not change any more, or not in a way that matters.
#[derive(Debug, Clone, Copy)]
enum Known {
    Valid,
    /// It is INVALID, or another upload has its name.
    Gone,
    /// It has at least this many losses.
    Losses(u32),
}

/// The state of another upload's claim.
#[derive(Debug)]
pub(super) enum Standing {
    /// It is final.
    Valid,
    /// It no longer counts.
    Void,
    /// Its file is being validated.
    Open(Box<KitFile>),
}

impl<'a> Rivals<'a> {
    pub(super) fn new(files: &'a Files, tenant: &'a TenantId) -> Self {
        Self { files, tenant, known: Mutex::default() }
    }

    /// Returns the state of a claim. Writes nothing.
    pub(super) async fn look(&self, claim: &KitClaim) -> Result<Standing, Error> {
        self.read(claim, &mut *self.known.lock().await).await
    }

    /// Voids a claim of a file that is being validated, if `ours` goes first. [`Standing::Open`] means that the other does.
    pub(super) async fn contest(&self, claim: &KitClaim, ours: &UploadId) -> Result<Standing, Error> {
        let mut known = self.known.lock().await;
        loop {
            match self.read(claim, &mut known).await? {
                Standing::Open(other) if self.yields(&other, ours) => {
                    if self.files.store.fence_file(self.tenant, claim).await? {
                        tracing::info!(file.name = %claim.file, "a file that is younger or abandoned must claim its kits again");
                    }
                }
                standing => return Ok(standing),
            }
        }
    }

    /// Whether a file that is being validated lets ours go first: it is younger, or its lease has lapsed.
    fn yields(&self, other: &KitFile, ours: &UploadId) -> bool {
        *ours < other.upload || other.lease_until < self.files.clock.now()
    }

    async fn read(&self, claim: &KitClaim, known: &mut HashMap<UploadId, Known>) -> Result<Standing, Error> {
        match known.get(&claim.upload) {
            Some(Known::Valid) => return Ok(Standing::Valid),
            Some(Known::Gone) => return Ok(Standing::Void),
            Some(Known::Losses(losses)) if claim.epoch < *losses => return Ok(Standing::Void),
            Some(Known::Losses(_)) | None => {}
        }
        let Some(file) = self.files.store.file(self.tenant, &claim.file).await? else {
            tracing::warn!(file.name = %claim.file, "a kit block names a file that does not exist; its kits stay taken");
            return Ok(Standing::Valid);
        };
        let (now_known, standing) = if file.upload != claim.upload {
            (Known::Gone, Standing::Void)
        } else if claim.epoch < file.losses {
            (Known::Losses(file.losses), Standing::Void)
        } else {
            match file.status {
                FileStatus::Valid => (Known::Valid, Standing::Valid),
                FileStatus::Invalid => (Known::Gone, Standing::Void),
                FileStatus::Stored | FileStatus::Validating => {
                    (Known::Losses(file.losses), Standing::Open(Box::new(file)))
                }
            }
        };
        known.insert(claim.upload.clone(), now_known);
        Ok(standing)
    }
}
