//! The JSON body of a request.

use lambda_http::http::{HeaderMap, header};
use lambda_http::{Body, Request};

use crate::domain::{Faults, Json};
use crate::error::Error;

/// The largest JSON body, in bytes.
pub const JSON_BYTES_MAX: usize = 256 * 1024;

/// Some editors and .NET clients write it before UTF-8; RFC 8259 lets a reader ignore it.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The body of an operation that can do without one: an absent body, an empty one and `{}` mean the same.
pub fn json_if_any(request: &Request) -> Result<Json, Error> {
    if without_mark(bytes(request.body())).trim_ascii().is_empty() {
        Ok(Json::Object(Vec::new()))
    } else {
        json(request)
    }
}

/// The body of an operation that takes a JSON object.
pub fn json(request: &Request) -> Result<Json, Error> {
    let headers = request.headers();
    let is_json = matches!(media_type(headers).as_deref(), Some("application/json" | ""));
    if !is_json || !is_utf8(headers) || is_encoded(headers) {
        return Err(Error::MediaType { takes: "application/json, in UTF-8 and without a content-encoding" });
    }
    let body = bytes(request.body());
    if body.len() > JSON_BYTES_MAX {
        return Err(Error::TooLarge { bytes_max: JSON_BYTES_MAX });
    }
    let body = without_mark(body);
    if body.trim_ascii().is_empty() {
        return Err(Error::Invalid(Faults::one("body is required")));
    }
    Json::parse(body).map_err(|fault| Error::Invalid(Faults::one(fault)))
}

/// A body without a byte order mark before it.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
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

/// Whether the content type names no charset, or UTF-8.
fn is_utf8(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let charsets = content_type.split(';').skip(1).filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    charsets.into_iter().all(|charset| matches!(charset.as_str(), "utf-8" | "utf8"))
}

/// Whether the body is compressed or otherwise encoded.
pub(super) fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().any(|value| {
        let encodings = value.as_bytes().trim_ascii();
        !encodings.is_empty() && !encodings.eq_ignore_ascii_case(b"identity")
    })
}
