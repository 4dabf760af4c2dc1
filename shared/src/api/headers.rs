//! The request headers that mean something to us, and the request's id.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

use crate::domain::{Faults, Field, IdempotencyKey, OrderId, TenantId};
use crate::error::Error;

/// The id of a request, which [`entry`](super::entry) saw to.
#[must_use]
pub fn request_id(request: &Request) -> &str {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.request_id.as_deref().unwrap_or_default(),
        _ => "",
    }
}

/// Lets every log line of this request name the order that it is about.
pub fn note_order(order: &OrderId) {
    tracing::Span::current().record("order.id", order.as_str());
}

/// Whether the call is a rehearsal. A value that is neither `true` nor `false` is refused: a typing slip must not
/// print plastic.
pub fn dry_run(request: &Request) -> Result<bool, Error> {
    match single(request, "dry-run") {
        Ok(Some("true")) => Ok(true),
        Ok(None | Some("false")) => Ok(false),
        Ok(Some(_)) | Err(Repeated) => {
            Err(Error::Invalid(Faults::one("header dry-run must be given once and be true or false")))
        }
    }
}

/// Refuses a rehearsal where there is none: whoever asks for one must not move an order.
pub fn no_dry_run(request: &Request) -> Result<(), Error> {
    if dry_run(request)? {
        return Err(Error::Invalid(Faults::one("header dry-run must not be true for this operation")));
    }
    Ok(())
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
