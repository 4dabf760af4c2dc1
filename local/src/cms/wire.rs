//! The answers, as specified in `shared/src/cms/README.md`.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::order::{Answer, Order};
use super::scripts::Manner;
use super::status::Status;
use crate::listener::close_after;

/// The size of a body that no caller should read to its end.
const HUGE_BYTES: usize = 1024 * 1024;
/// Added to the id of a row, so that the CMS's numbers do not look like ours.
const NUMBERS_FROM: i64 = 1000;

/// A JSON answer.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Response<Full<Bytes>> {
    // Strings and numbers, which can always be written as JSON.
    bytes(status, serde_json::to_vec(body).unwrap_or_default())
}

/// An answer that says nothing about an order.
pub(super) fn refusal(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    let mut response = answer(status, &json!({ "message": message }));
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// The answer to any method but these.
pub(super) fn not_allowed(methods: &'static str) -> Response<Full<Bytes>> {
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, &format!("the methods here are {methods}"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// The answer to an order that was not read to its end.
pub(super) fn too_large() -> Response<Full<Bytes>> {
    let mut response = refusal(StatusCode::PAYLOAD_TOO_LARGE, "an order has at most 256 KiB");
    close_after(&mut response);
    response
}

/// Returns what the caller sees; `None` closes the connection without an answer.
pub(super) async fn show(key: &str, order: &Order, said: Answer) -> Option<Response<Full<Bytes>>> {
    let whole = |key: &str| fact(key, order, said).to_string().into_bytes();
    match said.manner {
        Manner::Plain => Some(bytes(said.code, whole(key))),
        Manner::Failure(status) => Some(refusal(status, "the order's script asks for this")),
        Manner::CutOff => {
            let mut body = whole(key);
            body.truncate(body.len() / 2);
            Some(bytes(said.code, body))
        }
        Manner::Huge => {
            // White space keeps it valid JSON: a client that stops at its limit may take the beginning for the whole answer.
            let mut body = whole(key);
            body.resize(HUGE_BYTES, b' ');
            Some(bytes(said.code, body))
        }
        Manner::WrongKey => Some(bytes(said.code, whole(&another(key)))),
        Manner::Hang => std::future::pending().await,
        Manner::HangUp => None,
    }
}

/// Returns a key of the same shape with another last character.
fn another(key: &str) -> String {
    let last = if key.ends_with('0') { '1' } else { '0' };
    key.chars().take(key.len().saturating_sub(1)).chain([last]).collect()
}

fn fact(key: &str, order: &Order, said: Answer) -> Value {
    let mut fact = json!({ "key": key, "status": said.status });
    if let Some(id) = order.id.filter(|_| said.status != Status::Unknown) {
        fact["cmsOrderId"] = format!("C-{}", NUMBERS_FROM.saturating_add(id)).into();
    }
    if let (Some(line), Status::Accepted | Status::Processed | Status::Success) = (order.refused_line, said.status) {
        fact["lines"] = json!([{ "line": line, "status": Status::Failed }]);
    }
    fact
}

fn bytes(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
