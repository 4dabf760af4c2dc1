//! The request headers that mean something to us, and the request's id.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

use super::routes::DryRun;
use crate::domain::{Faults, Field, IdempotencyKey, OrderId, TenantId};
use crate::error::Error;

/// The id of a request, which [`entry`](super::entry) set.
pub(super) fn request_id(request: &Request) -> &str {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.request_id.as_deref().unwrap_or_default(),
        _ => "",
    }
}

/// Whether the call is a dry run. A value that is neither `true` nor `false` is refused: a typing slip must not print
/// plastic.
pub(super) fn is_dry_run(request: &Request, treatment: DryRun) -> Result<bool, Error> {
    let refused = |rule: &str| Err(Error::Invalid(Faults::one(format!("header dry-run {rule}"))));
    match (treatment, single(request, "dry-run")) {
        (DryRun::Ignored, _) | (_, Ok(None | Some("false"))) => Ok(false),
        (DryRun::Honoured, Ok(Some("true"))) => Ok(true),
        (DryRun::Refused, Ok(Some("true"))) => refused("must not be true for this operation"),
        (_, Ok(Some(_)) | Err(Repeated)) => refused("must be given once and be true or false"),
    }
}

/// The id of an order whose body names none: derived from the header `Idempotency-Key`, or new.
pub fn order_id_or_new(request: &Request, tenant: &TenantId) -> Result<OrderId, Error> {
    match single(request, "idempotency-key").map(|key| key.map(IdempotencyKey::parse)) {
        Ok(None) => Ok(OrderId::generate()),
        Ok(Some(Ok(key))) => Ok(OrderId::derive(tenant, &key)),
        Ok(Some(Err(_))) | Err(Repeated) => Err(Error::Invalid(Faults::one(format!(
            "header Idempotency-Key must be given once and {}",
            IdempotencyKey::RULE
        )))),
    }
}

/// A header was given more than once, or holds bytes that are not text.
pub(super) struct Repeated;

/// The value of a header that may be given once.
pub(super) fn single<'a>(request: &'a Request, name: &str) -> Result<Option<&'a str>, Repeated> {
    let mut values = request.headers().get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(|text| Some(text.trim())).map_err(|_| Repeated),
        (Some(_), Some(_)) => Err(Repeated),
    }
}
