//! From the environment to an [`App`]: read once in a sandbox, proved sound before the first call.

mod clients;
mod logging;
mod settings;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use lambda_http::Request;

pub use clients::{Access, dynamodb, http_client, s3, sqs};
pub use logging::{Masked, init_tracing, init_tracing_for_people, targets};
pub use settings::{SettingError, Settings, parse_offset};

use crate::api::{TenantMode, claimed_tenant};
use crate::bucket::Bucket;
use crate::clock::Clock;
use crate::domain::{Tenant, TenantId, TenantSettings};
use crate::error::Error;
use crate::files::Places;
use crate::orders::Call;
use crate::queue::Queue;
use crate::store::Store;

/// How long a tenant's settings are kept before they are read again.
const SETTINGS_AGE_MAX: Duration = Duration::from_mins(1);

/// Why a function did not start. `main` prints it by `Debug`, which therefore reads like `Display`.
#[derive(thiserror::Error)]
pub enum StartError {
    /// The environment is not complete.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The Lambda runtime gave up.
    #[error("the Lambda runtime ended: {0}")]
    Lambda(#[source] lambda_runtime::Error),
}

impl std::fmt::Debug for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// What every handler works with.
#[derive(Debug)]
pub struct App {
    /// The table.
    pub store: Store,
    /// The bucket.
    pub bucket: Bucket,
    /// What a function sends to itself.
    pub queue: Queue,
    /// The time.
    pub clock: Clock,
    mode: TenantMode,
    tenants: Mutex<HashMap<TenantId, (Instant, TenantSettings)>>,
}

impl App {
    /// The parts, put together.
    #[must_use]
    pub fn new(store: Store, bucket: Bucket, queue: Queue, clock: Clock, mode: TenantMode) -> Self {
        Self { store, bucket, queue, clock, mode, tenants: Mutex::default() }
    }

    /// Where files go.
    #[must_use]
    pub fn places(&self) -> Places<'_> {
        Places { store: &self.store, bucket: &self.bucket, clock: &self.clock }
    }

    /// What the environment describes.
    pub fn from_env() -> Result<Self, StartError> {
        let settings = Settings::from_env()?;
        let http = http_client();
        let store =
            Store::new(dynamodb(&settings.access, settings.dynamodb_url.as_deref(), http.clone()), settings.table);
        let signer = settings.access.ticket_signer(settings.s3_url.as_deref(), &settings.bucket);
        let client = s3(&settings.access, settings.s3_url.as_deref(), http.clone());
        let bucket = Bucket::new(client, settings.bucket, signer);
        let queue = match settings.queue_url {
            Some(url) => Queue::Sqs { client: sqs(&settings.access, http), url },
            None => Queue::Unset,
        };
        Ok(Self::new(store, bucket, queue, settings.clock, settings.tenant_mode))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Who asks for what is done now.
    #[must_use]
    pub fn call(&self, actor: &'static str, request: &Request, is_dry_run: bool) -> Call {
        Call { actor, request_id: crate::api::request_id(request).to_owned(), now: self.now(), is_dry_run }
    }

    /// The registered tenant that a request may speak for.
    pub async fn tenant(&self, request: &Request) -> Result<Tenant, Error> {
        let id = claimed_tenant(request, self.mode)?;
        tracing::Span::current().record("tenant", id.as_str());
        if let Some(settings) = self.kept_settings(&id) {
            return Ok(Tenant { id, settings });
        }
        let settings = self.store.settings(&id).await?.ok_or(Error::TenantUnknown)?;
        if let Ok(mut tenants) = self.tenants.lock() {
            tenants.insert(id.clone(), (Instant::now(), settings.clone()));
        }
        Ok(Tenant { id, settings })
    }

    fn kept_settings(&self, id: &TenantId) -> Option<TenantSettings> {
        let tenants = self.tenants.lock().ok()?;
        let (read_at, settings) = tenants.get(id)?;
        (read_at.elapsed() < SETTINGS_AGE_MAX).then(|| settings.clone())
    }
}
