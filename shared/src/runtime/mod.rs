//! From the environment to an [`App`]: read once in a sandbox, proved sound before the first call.

mod clients;
mod logging;
mod settings;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lambda_http::Request;

pub use clients::{Access, HttpClient, dynamodb, http_client, s3, sqs};
pub use logging::{Masked, init_tracing, init_tracing_for_people, targets};
pub use settings::{ATTEMPTS_MAX, Need, STUCK_SECONDS, SettingError, Settings, parse_offset};

use crate::api::{TenantMode, claimed_tenant};
use crate::bucket::Bucket;
use crate::clock::Clock;
use crate::domain::{Sensitive, Tenant, TenantId, TenantSettings};
use crate::error::Error;
use crate::files::Places;
use crate::orders::Call;
use crate::processing::{Processing, Worker};
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
    /// The way through the card management system, for a function that takes it.
    processing: Option<Arc<Processing>>,
    /// The key that cursors of lists are sealed with.
    pub cursor_key: Option<Sensitive<String>>,
    mode: TenantMode,
    tenants: Mutex<HashMap<TenantId, (Instant, TenantSettings)>>,
}

impl App {
    /// The parts, put together.
    #[must_use]
    pub fn new(store: Store, bucket: Bucket, queue: Queue, clock: Clock, mode: TenantMode) -> Self {
        Self { store, bucket, queue, clock, processing: None, cursor_key: None, mode, tenants: Mutex::default() }
    }

    /// The same with a way through the card management system.
    #[must_use]
    pub fn with_processing(self, processing: Option<Arc<Processing>>) -> Self {
        Self { processing, ..self }
    }

    /// The same with a key for cursors.
    #[must_use]
    pub fn with_cursor_key(self, cursor_key: Option<Sensitive<String>>) -> Self {
        Self { cursor_key, ..self }
    }

    /// Where files go.
    #[must_use]
    pub fn places(&self) -> Places<'_> {
        Places { store: &self.store, bucket: &self.bucket, clock: &self.clock }
    }

    /// What the environment describes, if it has all that the function needs.
    pub fn from_env(needs: &[Need]) -> Result<Self, StartError> {
        let settings = Settings::from_env()?;
        settings.meet(needs)?;
        let http = http_client();
        let store =
            Store::new(dynamodb(&settings.access, settings.dynamodb_url.as_deref(), http.clone()), settings.table)
                .with_tenants_table(settings.tenants_table);
        let signer = settings.access.ticket_signer(settings.s3_url.as_deref(), &settings.bucket);
        let client = s3(&settings.access, settings.s3_url.as_deref(), http.clone());
        let bucket = Bucket::new(client, settings.bucket, signer);
        let queue = match settings.queue_url {
            Some(url) => Queue::Sqs { client: sqs(&settings.access, http), url },
            None => Queue::Unset,
        };
        let app = Self::new(store, bucket, queue, settings.clock, settings.tenant_mode);
        Ok(app.with_processing(settings.processing).with_cursor_key(settings.cursor_key))
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

    /// A worker on orders, for one call.
    pub fn worker<'a>(&'a self, actor: &'static str, request_id: &'a str) -> Result<Worker<'a>, Error> {
        let missing = || Error::Internal { doing: "working on orders", source: "CMS_URL is not set".into() };
        let processing = self.processing.as_deref().ok_or_else(missing)?;
        Ok(Worker { store: &self.store, processing, clock: &self.clock, actor, request_id })
    }

    /// The registered tenant that a request may speak for.
    pub async fn tenant(&self, request: &Request) -> Result<Tenant, Error> {
        let id = claimed_tenant(request, self.mode)?;
        tracing::Span::current().record("tenant", id.as_str());
        self.registered_tenant(id).await
    }

    /// A tenant with its settings, which may be a minute old.
    pub async fn registered_tenant(&self, id: TenantId) -> Result<Tenant, Error> {
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
