//! What the use cases for files work with.

use jiff::SignedDuration;

use crate::bucket::Bucket;
use crate::clock::Clock;
use crate::domain::{MisplacedDrop, TenantId};
use crate::error::Error;
use crate::store::Store;

/// How long a name is reserved for a file that is being validated, from the last renewal. Longer than any call lasts.
pub(super) const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// The files of all tenants.
#[derive(Debug, Clone)]
pub struct Files {
    pub(super) store: Store,
    pub(super) bucket: Bucket,
    /// The time, by which leases lapse.
    pub(super) clock: Clock,
}

impl Files {
    /// Files in a table and a bucket.
    #[must_use]
    pub fn new(store: Store, bucket: Bucket, clock: Clock) -> Self {
        Self { store, bucket, clock }
    }

    /// The name of the bucket.
    #[must_use]
    pub fn bucket_name(&self) -> &str {
        self.bucket.name()
    }

    /// Whether a tenant is registered.
    pub async fn has_tenant(&self, tenant: &TenantId) -> Result<bool, Error> {
        Ok(self.store.settings(tenant).await?.is_some())
    }

    /// Stores a drop that no rule accepts as an INVALID file.
    pub async fn note_misplaced(&self, tenant: &TenantId, drop: &MisplacedDrop) -> Result<(), Error> {
        self.store.note_misplaced(tenant, drop, self.clock.now()).await
    }
}
