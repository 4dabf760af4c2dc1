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

/// What is known of tenants' keys.
#[derive(Debug, Default)]
pub(crate) struct PlanKeys(Mutex<HashMap<TenantId, Kept>>);

/// A tenant's key, if it has one, as it was read.
#[derive(Debug, Clone)]
struct Kept {
    key: Option<PlanKey>,
    read_at: Timestamp,
}

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
            return Ok(known.key);
        }
        let key = credentials.plan_key(tenant).await?;
        if let Ok(mut kept) = self.0.lock() {
            kept.insert(tenant.clone(), Kept { key: key.clone(), read_at: now });
        }
        Ok(key)
    }

    fn known(&self, tenant: &TenantId, now: Timestamp) -> Option<Kept> {
        let kept = self.0.lock().ok()?;
        kept.get(tenant).filter(|kept| now < kept.read_at + AGE_MAX).cloned()
    }
}
