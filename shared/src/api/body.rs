//! The JSON body of a request.

use lambda_http::http::{HeaderMap, header};
use lambda_http::{Body, Request};

use crate::domain::{Faults, Json};
use crate::error::Error;

/// What a JSON body may measure.
pub const JSON_BYTES_MAX: usize = 256 * 1024;

/// The body of an operation that can do without one: an absent body, an empty one and `{}` mean the same.
pub fn json_if_any(request: &Request) -> Result<Json, Error> {
    if bytes(request.body()).trim_ascii().is_empty() { Ok(Json::Object(Vec::new())) } else { json(request) }
}

/// The body of an operation that takes a JSON object.
pub fn json(request: &Request) -> Result<Json, Error> {
    if !matches!(media_type(request.headers()).as_deref(), Some("application/json" | "")) {
        return Err(Error::MediaType { takes: "application/json" });
    }
    let body = bytes(request.body());
    if body.len() > JSON_BYTES_MAX {
        return Err(Error::TooLarge { bytes_max: JSON_BYTES_MAX });
    }
    if body.trim_ascii().is_empty() {
        return Err(Error::Invalid(Faults::one("body is required")));
    }
    Json::parse(body).map_err(|fault| Error::Invalid(Faults::one(fault)))
}

/// The bytes of a body, whatever the gateway made of it.
pub(super) fn bytes(body: &Body) -> &[u8] {
    match body {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        // `Body` is not exhaustive; its only other variant today is the empty one.
        _ => &[],
    }
}

/// The media type in lower case, without parameters; empty where there is none, `None` where it is given twice or
/// unreadable.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(first) = types.next() else { return Some(String::new()) };
    if types.next().is_some() {
        return None;
    }
    let essence = first.to_str().ok()?.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}
