//! The tenants' keys of usage plans, kept per sandbox.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use shared::domain::{PlanKey, TenantId};
use shared::error::Error;
use shared::store::Credentials;

/// How long it is known that a tenant has a key, or none. The gateway keeps an answer for a minute: with that or less,
/// every call of `authorize` would cost a second read.
const AGE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What is known of tenants' keys, and when each was read.
#[derive(Debug, Default)]
pub(crate) struct PlanKeys(Mutex<HashMap<TenantId, (Timestamp, Option<PlanKey>)>>);

impl PlanKeys {
    /// Returns a tenant's key, if it has one. A failure is no answer: without its key the gateway would refuse a tenant
    /// whose plan asks for one.
    pub(crate) async fn of(
        &self,
        tenant: &TenantId,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Option<PlanKey>, Error> {
        if let Some(known) = self.known(tenant, now) {
            return Ok(known);
        }
        let key = credentials.plan_key(tenant).await?;
        if let Ok(mut kept) = self.0.lock() {
            kept.insert(tenant.clone(), (now, key.clone()));
        }
        Ok(key)
    }

    fn known(&self, tenant: &TenantId, now: Timestamp) -> Option<Option<PlanKey>> {
        let kept = self.0.lock().ok()?;
        let (read_at, key) = kept.get(tenant)?;
        (now < *read_at + AGE_MAX).then(|| key.clone())
    }
}
