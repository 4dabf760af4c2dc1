//! The kits of a file that other files have, reported by line.

use bytes::Bytes;

use super::context::Files;
use crate::domain::{Faults, StoredObject, TenantId};
use crate::error::Error;
use crate::pgk::{KitFinder, KitNo, PgkFaults};

const KIT_IN_USE: &str = "must be unique among the tenant's kits";

/// Where the bytes of a file can be read again.
#[derive(Debug, Clone, Copy)]
pub(super) enum FileBytes<'a> {
    /// In memory.
    Held(&'a Bytes),
    /// In the bucket, an object of this tenant.
    Stored(&'a TenantId, &'a StoredObject),
}

/// Finds the lines of these kits by reading the file again. The parser does not keep lines, since clashes are rare.
pub(super) async fn sentences(files: &Files, content: FileBytes<'_>, lost: Vec<KitNo>) -> Result<Vec<String>, Error> {
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    let mut finder = KitFinder::new(lost, KIT_IN_USE);
    match content {
        FileBytes::Held(bytes) => {
            finder.feed(bytes);
        }
        FileBytes::Stored(tenant, object) => {
            let Some(mut object) = files.bucket.open(tenant, object).await? else {
                return Ok(gone_from_bucket().into_sentences());
            };
            while let Some(bytes) = object.next().await?
                && finder.feed(&bytes)
            {}
        }
    }
    Ok(finder.finish().into_sentences())
}

/// The fault of a file whose object was removed before its verdict.
pub(super) fn gone_from_bucket() -> PgkFaults {
    let mut faults = PgkFaults::default();
    faults.file("is no longer in the bucket");
    faults
}

/// Refuses an upload for these reasons.
pub(super) fn refusal(sentences: Vec<String>) -> Error {
    Error::Upload(Faults::rendered(sentences))
}
