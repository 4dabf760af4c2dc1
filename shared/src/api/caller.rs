//! Who calls, for which tenant, and what the credential allows.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

use super::headers::{Repeated, single};
use crate::clock::Clock;
use crate::domain::{Faults, Field, Principal, Scope, Scopes, Tenant, TenantId};
use crate::error::Error;
use crate::tenants::Tenants;

/// Who vouches for the header `tenant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantMode {
    /// The gateway's authorizer, by `tenantId`, `principalId` and `scopes` in its context; the header must name the same
    /// tenant.
    Authorizer,
    /// Nobody: the header alone, and `x-user` for the principal. For the local stack, or behind a network that already
    /// knows its callers.
    Header,
}

/// Who makes a call.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) tenant: Tenant,
    pub(super) principal: Option<Principal>,
    pub(super) scopes: Scopes,
}

/// The tenants whose requests a function answers, and the clock that its calls go by.
#[derive(Debug)]
pub struct Callers {
    tenants: Tenants,
    mode: TenantMode,
    pub(super) clock: Clock,
}

impl Callers {
    /// Callers that speak for registered tenants.
    #[must_use]
    pub fn new(tenants: Tenants, mode: TenantMode, clock: Clock) -> Self {
        Self { tenants, mode, clock }
    }

    /// The caller of a request, if it may speak for the tenant and has the scope.
    pub(super) async fn find(&self, request: &Request, scope: Scope) -> Result<Caller, Error> {
        let header = single(request, "tenant").ok().flatten().ok_or(Error::TenantMissing)?;
        let id = TenantId::parse(header).map_err(|_| Error::TenantMissing)?;
        let (principal, scopes) = match self.mode {
            TenantMode::Authorizer => authorized(request, &id)?,
            TenantMode::Header => (user(request)?, Scopes::ALL),
        };
        let span = tracing::Span::current();
        span.record("tenant", id.as_str());
        span.record("principal", principal.as_ref().map(Principal::as_str));
        if !scopes.has(scope) {
            return Err(Error::ScopeMissing(scope));
        }
        let tenant = self.tenants.find(id).await?.ok_or(Error::TenantUnknown)?;
        Ok(Caller { tenant, principal, scopes })
    }
}

/// Principal and scopes that the authorizer found for the tenant.
fn authorized(request: &Request, tenant: &TenantId) -> Result<(Option<Principal>, Scopes), Error> {
    let Some(RequestContext::ApiGatewayV1(context)) = request.request_context_ref() else {
        return Err(Error::Unauthorized);
    };
    let text = |name: &str| context.authorizer.fields.get(name).and_then(serde_json::Value::as_str);
    if text("tenantId") != Some(tenant.as_str()) {
        return Err(Error::Unauthorized);
    }
    let principal = text("principalId").and_then(|principal| Principal::parse(principal).ok());
    Ok((principal, Scopes::among(text("scopes").unwrap_or_default())))
}

/// Who the header `x-user` says calls.
fn user(request: &Request) -> Result<Option<Principal>, Error> {
    match single(request, "x-user").map(|user| user.map(Principal::parse)) {
        Ok(None) => Ok(None),
        Ok(Some(Ok(principal))) => Ok(Some(principal)),
        Ok(Some(Err(_))) | Err(Repeated) => {
            Err(Error::Invalid(Faults::one(format!("header x-user must be given once and {}", Principal::RULE))))
        }
    }
}
