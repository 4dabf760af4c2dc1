//! The registered tenants, with settings that are read again after a minute.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::domain::{Tenant, TenantId, TenantSettings, TenantState};
use crate::error::Error;
use crate::store::Store;

/// How long a tenant's settings are kept before they are read again.
const AGE_MAX: Duration = Duration::from_mins(1);

/// The tenants in a table, and what is known of their settings.
#[derive(Debug)]
pub struct Tenants {
    store: Store,
    kept: Mutex<HashMap<TenantId, (Instant, TenantSettings)>>,
}

impl Tenants {
    /// The tenants that are registered in a table.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, kept: Mutex::default() }
    }

    /// Returns a tenant with its settings, if it is registered and not disabled.
    pub async fn find(&self, id: TenantId) -> Result<Option<Tenant>, Error> {
        if let Some(settings) = self.kept_settings(&id) {
            return Ok(Some(Tenant { id, settings }));
        }
        let settings = self.store.settings(&id).await?;
        let Some(settings) = settings.filter(|settings| settings.state == TenantState::Enabled) else {
            return Ok(None);
        };
        if let Ok(mut kept) = self.kept.lock() {
            kept.insert(id.clone(), (Instant::now(), settings.clone()));
        }
        Ok(Some(Tenant { id, settings }))
    }

    fn kept_settings(&self, id: &TenantId) -> Option<TenantSettings> {
        let kept = self.kept.lock().ok()?;
        let (read_at, settings) = kept.get(id)?;
        (read_at.elapsed() < AGE_MAX).then(|| settings.clone())
    }
}
