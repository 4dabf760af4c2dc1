//! From the environment to the values that a function works with: each is read and proved sound before the first call, and
//! none is built that the function does not use.

mod json_lines;
mod logging;
mod masked;
mod settings;

use std::sync::Arc;

use jiff::SignedDuration;

pub use json_lines::JsonLines;
pub use logging::{init_tracing, init_tracing_for_people, targets};
pub use masked::Masked;
pub use settings::{ATTEMPTS_MAX, STUCK_SECONDS, SettingError, TokenIssuer, parse_offset};

use crate::api::Callers;
use crate::aws::{self, Access, SdkConfig, SessionSource, Sessions};
use crate::bucket::{Bucket, TicketSigner};
use crate::clock::Clock;
use crate::cms::{CmsLimits, CmsProfiles, RotatingCms};
use crate::processing::Processing;
use crate::queue::Queue;
use crate::secret::Secret;
use crate::store::{Credentials, Store, TenantList};
use crate::tenants::Tenants;
use settings::{CursorKey, Environment, Isolation};

/// The sandbox in which a function runs.
pub struct Sandbox {
    environment: Environment,
    access: Access,
    aws: SdkConfig,
    /// `None`: the function's own role reaches the data.
    sessions: Option<Sessions>,
}

impl Sandbox {
    /// Starts logging, and reads what every function needs.
    pub async fn start() -> Result<Self, SettingError> {
        init_tracing();
        let environment = Environment::of_process();
        let access = environment.access()?;
        let isolation = environment.isolation()?;
        let address = |service, url: Option<String>| url.unwrap_or_else(|| aws::service_url(service, &access.region));
        // What every call begins with: a session, if there is one for each tenant, then the table.
        let mut first = vec![address("dynamodb", environment.dynamodb_url())];
        first.extend(isolation.is_some().then(|| address("sts", environment.sts_url())));
        let http = aws::http_client_ahead(environment.roots(&access.region)?, &first);
        // The kernel connects while the clients are built; TLS follows.
        tokio::task::yield_now().await;
        let aws = aws::config(&access, http);
        let sessions = isolation.map(|Isolation { role_arn, policy_arn }| {
            let client = aws::sts(&aws, environment.sts_url().as_deref());
            let region = access.region.clone();
            Sessions::new(SessionSource::Sts { client, region, role_arn, policy_arn }, Clock::system())
        });
        Ok(Self { environment, access, aws, sessions })
    }

    /// The time.
    pub fn clock(&self) -> Result<Clock, SettingError> {
        self.environment.clock()
    }

    /// The table.
    pub fn store(&self) -> Result<Store, SettingError> {
        let client = aws::dynamodb(&self.aws, self.environment.dynamodb_url().as_deref());
        let store = Store::new(client, self.environment.table()?).isolated(self.sessions.clone());
        Ok(store.keeping(self.environment.retention()?))
    }

    /// The list of tenants.
    pub fn tenant_list(&self) -> Result<TenantList, SettingError> {
        let client = aws::dynamodb(&self.aws, self.environment.dynamodb_url().as_deref());
        Ok(TenantList::new(client, self.environment.tenants_table()?))
    }

    /// The tenants whose requests a function answers.
    pub fn callers(&self, store: Store) -> Result<Callers, SettingError> {
        Ok(Callers::new(Tenants::new(store), self.environment.tenant_mode()?, self.clock()?))
    }

    /// The keys of callers.
    pub fn credentials(&self) -> Result<Credentials, SettingError> {
        let client = aws::dynamodb(&self.aws, self.environment.dynamodb_url().as_deref());
        Ok(Credentials::new(client, self.environment.keys_table()?))
    }

    /// Who issues tokens, if anybody does.
    pub fn token_issuer(&self) -> Result<Option<TokenIssuer>, SettingError> {
        self.environment.token_issuer()
    }

    /// The bucket.
    pub fn bucket(&self) -> Result<Bucket, SettingError> {
        let (url, name) = (self.environment.s3_url(), self.environment.bucket()?);
        let signer = TicketSigner::new(self.access.clone(), &name, url.as_deref());
        Ok(Bucket::new(aws::s3(&self.aws, url.as_deref()), name, signer).isolated(self.sessions.clone()))
    }

    /// The queue that the function sends to.
    pub fn queue(&self) -> Result<Queue, SettingError> {
        let client = aws::sqs(&self.aws, self.environment.sqs_url().as_deref());
        Ok(Queue::Sqs { client, url: self.environment.queue_url()? })
    }

    /// The way of orders through the card management system.
    pub fn processing(&self, store: Store) -> Result<Processing, SettingError> {
        let secret = self.environment.cms_secret().map(|id| self.secret(id)).transpose()?;
        let (cms, policy) = (self.environment.cms(secret)?, self.environment.retry_policy()?);
        let (clock, prefix) = (self.clock()?, self.environment.cms_profiles_prefix());
        let (aws, url) = (self.aws.clone(), self.environment.secrets_manager_url());
        let profiles = CmsProfiles::new(Arc::new(cms), move |profile| {
            // Without a place for them no profile has an address, and no order of such a tenant is sent anywhere.
            let secret = prefix.as_ref().map_or_else(
                || Secret::fixed("{}".to_owned()),
                |prefix| {
                    let client = aws::secrets_manager(&aws, url.as_deref());
                    Secret::managed(client, format!("{prefix}{profile}"), clock.clone())
                },
            );
            Arc::new(RotatingCms::of_profile(secret, CmsLimits::default()))
        });
        Ok(Processing::new(store, profiles, policy, self.clock()?))
    }

    fn secret(&self, id: String) -> Result<Secret, SettingError> {
        let client = aws::secrets_manager(&self.aws, self.environment.secrets_manager_url().as_deref());
        Ok(Secret::managed(client, id, self.clock()?))
    }

    /// How long an order that was sent is overdue before it counts as stuck.
    pub fn stuck_after(&self) -> Result<SignedDuration, SettingError> {
        self.environment.retry_policy().map(|policy| policy.stuck_after)
    }

    /// The key that seals the cursors of lists.
    pub fn cursor_key(&self) -> Result<Secret, SettingError> {
        match self.environment.cursor_key()? {
            CursorKey::Secret(id) => self.secret(id),
            CursorKey::Itself(key) => Ok(Secret::fixed(key)),
        }
    }
}
