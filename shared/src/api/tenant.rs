//! Which tenant a request speaks for.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

use super::headers::single;
use crate::domain::TenantId;
use crate::error::Error;

/// Who vouches for the header `tenant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantMode {
    /// The gateway's authorizer, by `tenantId` in its context; the header must name the same tenant.
    Authorizer,
    /// Nobody: the header alone. For the local stack, or behind a network that already knows its callers.
    Header,
}

/// The tenant that a request names, if it may.
pub fn claimed_tenant(request: &Request, mode: TenantMode) -> Result<TenantId, Error> {
    let header = single(request, "tenant").ok().flatten().ok_or(Error::TenantMissing)?;
    let tenant = TenantId::parse(header).map_err(|_| Error::TenantMissing)?;
    match mode {
        TenantMode::Header => Ok(tenant),
        TenantMode::Authorizer if authorized_tenant(request) == Some(tenant.as_str()) => Ok(tenant),
        TenantMode::Authorizer => Err(Error::Unauthorized),
    }
}

fn authorized_tenant(request: &Request) -> Option<&str> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.authorizer.fields.get("tenantId")?.as_str(),
        _ => None,
    }
}
