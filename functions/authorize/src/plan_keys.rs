//! The tenants' keys of usage plans, kept per sandbox.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use shared::domain::{PlanKey, TenantId};
use shared::error::Error;
use shared::store::Credentials;

/// How long a tenant's key, or its absence, is remembered. The gateway keeps an answer for a minute: with that or less,
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
    /// Returns a tenant's key, if it has one. A failure is no answer unless an earlier one is known: without its key
    /// the gateway would refuse a tenant whose plan asks for one.
    pub(crate) async fn of(
        &self,
        tenant: &TenantId,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Option<PlanKey>, Error> {
        let kept = self.kept(tenant);
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.read_at + AGE_MAX) {
            return Ok(kept.key.clone());
        }
        match credentials.plan_key(tenant).await {
            Ok(key) => {
                if let Ok(mut all) = self.0.lock() {
                    all.insert(tenant.clone(), Kept { key: key.clone(), read_at: now });
                }
                Ok(key)
            }
            Err(error) => {
                let kept = kept.ok_or(error)?;
                tracing::warn!("the key of a usage plan could not be read again; the last one is used");
                Ok(kept.key)
            }
        }
    }

    fn kept(&self, tenant: &TenantId) -> Option<Kept> {
        self.0.lock().ok()?.get(tenant).cloned()
    }
}
