//! The event that an API Gateway REST API sends for a request.

use std::net::SocketAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use serde_json::{Map, Value, json};

/// The stage of the API, which is the first segment of every path.
pub(crate) const STAGE: &str = "v1";

/// Returns the event of one request.
pub(crate) fn rest_event(parts: &Parts, resource: &str, body: &Bytes, id: &str, client: SocketAddr) -> Value {
    let (headers, multi_value_headers) = header_maps(&parts.headers);
    let query = |value: Option<&str>| value.map_or(Value::Null, |query| json!({ "raw": query }));
    let (body, is_base64_encoded) = event_body(&parts.headers, body);
    json!({
        "resource": resource,
        "path": resource,
        "httpMethod": parts.method.as_str(),
        "headers": headers,
        "multiValueHeaders": multi_value_headers,
        "queryStringParameters": query(parts.uri.query()),
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "httpMethod": parts.method.as_str(),
            "identity": { "sourceIp": client.ip().to_string() },
            "path": parts.uri.path(),
            "protocol": "HTTP/1.1",
            "requestId": id,
            "resourcePath": resource,
            "stage": STAGE,
        },
        "body": body,
        "isBase64Encoded": is_base64_encoded,
    })
}

/// Returns `headers`, with the last value of each, and `multiValueHeaders`, with all of them.
fn header_maps(headers: &HeaderMap) -> (Map<String, Value>, Map<String, Value>) {
    let (mut single, mut multiple) = (Map::new(), Map::new());
    for name in headers.keys() {
        let values: Vec<Value> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into()).collect();
        single.extend(values.last().map(|last| (name.to_string(), last.clone())));
        multiple.insert(name.to_string(), Value::Array(values));
    }
    (single, multiple)
}

/// Returns the body, and whether it is in base64: what the API declares as binary (uploads), and what is no text.
fn event_body(headers: &HeaderMap, body: &Bytes) -> (Value, bool) {
    let is_upload = headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"multipart/form-data"));
    match std::str::from_utf8(body) {
        _ if body.is_empty() => (Value::Null, false),
        Ok(text) if !is_upload => (text.into(), false),
        _ => (BASE64_STANDARD.encode(body).into(), true),
    }
}
