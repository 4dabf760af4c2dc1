//! Turns the credential of a request into the caller's tenant, principal and scopes, as API Gateway's REQUEST authorizer.
//!
//! Its answer is kept for a minute per credential, and allows every operation: the functions check the scopes, so that a
//! missing one gets our own answer. Where the tenant has a usage plan, the answer names the plan's key.

mod event;
mod jwks;
mod jwt;
mod plan_keys;
mod ring_provider;

use shared::clock::Clock;
use shared::domain::{ApiKey, PlanKey, Principal, Scopes, TenantId};
use shared::error::Error;
use shared::store::Credentials;

pub use event::{Answer, AuthorizeEvent};
pub use jwks::KeySource;
pub use jwt::Issuer;
use plan_keys::PlanKeys;

/// Longer than any token that fits through API Gateway beside the other headers.
const CREDENTIAL_BYTES_MAX: usize = 8 * 1024;

/// What the function needs.
#[derive(Debug)]
pub struct Authorizer {
    credentials: Credentials,
    issuer: Option<Issuer>,
    plan_keys: PlanKeys,
    clock: Clock,
}

/// Who calls.
#[derive(Debug)]
pub struct Identity {
    tenant: TenantId,
    principal: Principal,
    scopes: Scopes,
}

/// Why a credential is no good; for the log only.
type Refusal = &'static str;

impl Authorizer {
    /// An authorizer that knows the keys of a table and, where there is one, the tokens of an issuer.
    #[must_use]
    pub fn new(credentials: Credentials, issuer: Option<Issuer>, clock: Clock) -> Self {
        Self { credentials, issuer, plan_keys: PlanKeys::default(), clock }
    }

    /// Finds out who calls. An error means that this could not be found out now.
    async fn identify(&self, event: &AuthorizeEvent) -> Result<Result<Identity, Refusal>, Error> {
        let credential = match event.credential() {
            Ok(credential) if credential.len() <= CREDENTIAL_BYTES_MAX => credential,
            Ok(_) => return Ok(Err("the credential is too long")),
            Err(refusal) => return Ok(Err(refusal)),
        };
        match (&self.issuer, ApiKey::parse(credential)) {
            (_, Some(key)) => self.of_key(&key).await,
            (Some(issuer), None) => issuer.identify(credential, self.clock.now()).await,
            (None, None) => Ok(Err("not a key")),
        }
    }

    /// Returns the key of the tenant's usage plan, if it has one.
    async fn plan_key(&self, identity: &Identity) -> Result<Option<PlanKey>, Error> {
        self.plan_keys.of(&identity.tenant, &self.credentials, self.clock.now()).await
    }

    async fn of_key(&self, key: &ApiKey) -> Result<Result<Identity, Refusal>, Error> {
        tracing::Span::current().record("key.id", key.id.as_str());
        Ok(match self.credentials.find(&key.id).await? {
            None => Err("no such key, or it was revoked"),
            Some(stored) if !stored.hash.is_of(key) => Err("another secret"),
            Some(stored) => Ok(Identity { tenant: stored.tenant, principal: stored.principal, scopes: stored.scopes }),
        })
    }
}

/// Answers one event.
#[tracing::instrument(
    level = "error",
    name = "authorize",
    skip_all,
    fields(request.id = event.request_id(), key.id, tenant, principal)
)]
pub async fn handle(authorizer: &Authorizer, event: &AuthorizeEvent) -> Result<Answer, Error> {
    // In a box, since the compiler gives up on futures that are nested as deeply as the SDK's.
    match Box::pin(authorizer.identify(event)).await? {
        Ok(identity) => {
            let span = tracing::Span::current();
            span.record("tenant", identity.tenant.as_str());
            span.record("principal", identity.principal.as_str());
            let plan_key = Box::pin(authorizer.plan_key(&identity)).await?;
            tracing::info!("allowed");
            Answer::allow(event, &identity, plan_key)
        }
        Err(reason) => {
            tracing::warn!(reason, "denied");
            Ok(Answer::deny(event))
        }
    }
}
