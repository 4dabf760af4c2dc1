//! For whom a request speaks.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

use super::headers::single;
use crate::clock::Clock;
use crate::domain::{Tenant, TenantId};
use crate::error::Error;
use crate::tenants::Tenants;

/// Who vouches for the header `tenant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantMode {
    /// The gateway's authorizer, by `tenantId` in its context; the header must name the same tenant.
    Authorizer,
    /// Nobody: the header alone. For the local stack, or behind a network that already knows its callers.
    Header,
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

    /// The registered tenant that a request may speak for.
    pub(super) async fn tenant(&self, request: &Request) -> Result<Tenant, Error> {
        let header = single(request, "tenant").ok().flatten().ok_or(Error::TenantMissing)?;
        let tenant = TenantId::parse(header).map_err(|_| Error::TenantMissing)?;
        if self.mode == TenantMode::Authorizer && authorized_tenant(request) != Some(tenant.as_str()) {
            return Err(Error::Unauthorized);
        }
        tracing::Span::current().record("tenant", tenant.as_str());
        self.tenants.find(tenant).await?.ok_or(Error::TenantUnknown)
    }
}

fn authorized_tenant(request: &Request) -> Option<&str> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.authorizer.fields.get("tenantId")?.as_str(),
        _ => None,
    }
}
