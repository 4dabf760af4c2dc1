//! Every call that the suite makes through the gateway is held to `openapi.yaml`: the answer validates, and the request is
//! valid or invalid as the answer says.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::document::{answer_faults, body_faults, operation, parameter_faults};

/// A call and its answer.
pub struct Exchange<'a> {
    pub method: &'a str,
    /// From the stage on.
    pub path: &'a str,
    pub sent_headers: &'a HeaderMap,
    pub sent: &'a [u8],
    pub status: u16,
    pub headers: &'a HeaderMap,
    pub body: &'a Value,
}

/// What a value is like that breaks a rule which JSON Schema cannot say, and no other.
type IsBeyond = fn(&Value) -> bool;

/// What JSON Schema cannot say, by the end of the sentence.
const BEYOND_SCHEMA: [(&str, IsBeyond); 18] = [
    ("must not contain a card number", |_| true),
    ("must be given once", |_| true),
    ("is not configured for this tenant", |_| true),
    ("that is configured for this tenant", |_| true),
    ("must be unique by productId, bin, plasticCode and panLength", |_| true),
    ("cards in total", |_| true),
    ("must be at most 365 days ahead", |_| true),
    ("must not be more than 24 hours in the past", |_| true),
    ("must be before the end of validity", |_| true),
    ("toDate must not be before fromDate", |_| true),
    // Of the keys of a map, OpenAPI 3.0 can say nothing.
    ("has a key that is not allowed", |_| true),
    // Sealed for a query.
    ("must be the nextToken of an answer to the same query", |_| true),
    ("must be a real date and time as YYYY-MM-DD HH:mm:ss", is_late_in_a_month),
    ("must be a string of 1 to 100 printable characters", is_blank),
    ("must be a string of 1 to 200 printable characters", is_blank),
    ("must be a string of 1 to 256 printable characters, a number or a boolean", is_blank),
    ("at least one segment not blank", is_blank),
    // Counted in bytes there, in characters here.
    ("must be a string of 1 to 1024 bytes", |value| value.as_str().is_some_and(|text| !text.is_ascii())),
];

/// The 29th to the 31st, which some months have not.
fn is_late_in_a_month(value: &Value) -> bool {
    matches!(value.as_str().and_then(|text| text.get(8..10)), Some("29" | "30" | "31"))
}

/// Nothing in it is surely visible; JSON Schema does not know what is.
fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains(|c: char| c.is_ascii_alphanumeric()))
}

/// Panics unless the document and the service agree about a call.
pub fn check(exchange: &Exchange<'_>) {
    let path = exchange.path.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/v1").unwrap_or_default();
    let broken = answer_faults(exchange.method, path, exchange.status, exchange.headers, exchange.body);
    assert!(broken.is_empty(), "{path} {}: openapi.yaml: {broken:#?}\n{}", exchange.status, exchange.body);
    let Some(operation) = operation(path).filter(|_| exchange.method == "POST") else { return };
    let of_headers = parameter_faults(operation, exchange.sent_headers);
    let all = || [of_headers.clone(), body_faults(operation, exchange.sent)].concat();
    let sent = || String::from_utf8_lossy(&exchange.sent[..exchange.sent.len().min(2_000)]).into_owned();
    let code = exchange.body["exception"]["errorCode"].as_str();
    match code {
        Some("ORD001") => {
            let is_beyond = all_are_beyond(&exchange.body["exception"]["fieldError"], exchange.sent);
            assert!(
                is_beyond || !all().is_empty(),
                "{path}: refused, valid by openapi.yaml: {}\n{}",
                sent(),
                exchange.body
            );
        }
        Some("tenant.header.missing") => {
            assert!(of_headers.iter().any(|fault| fault.starts_with("header tenant")), "{path}: {of_headers:?}");
        }
        Some("tenant.not.found") => {
            assert!(!of_headers.iter().any(|fault| fault.starts_with("header tenant")), "{path}: {of_headers:?}");
        }
        None
        | Some("ORD002" | "ORD003" | "ORD004" | "ORD005" | "ORD006" | "ORD007" | "ORD008" | "ORD009" | "ORD010") => {
            assert_eq!(all(), [""; 0], "{path}: taken, invalid by openapi.yaml: {}", sent());
        }
        // Judged before the request is: its size, its type, its credential, or the state of the service.
        Some(_) => {}
    }
}

/// [`check`] for an event of API Gateway and the function's answer.
pub fn check_event(event: &Value, answer: &Value) {
    let headers = |values: &Value| -> HeaderMap {
        let values = values.as_object().into_iter().flatten();
        let pairs =
            values.flat_map(|(name, values)| values.as_array().into_iter().flatten().map(move |value| (name, value)));
        pairs.map(|(name, value)| (name.parse().unwrap(), value.as_str().unwrap().parse().unwrap())).collect()
    };
    let (path, method) = (event["path"].as_str().unwrap(), event["httpMethod"].as_str().unwrap());
    check(&Exchange {
        method,
        path: &format!("/v1{path}"),
        sent_headers: &headers(&event["multiValueHeaders"]),
        sent: event["body"].as_str().unwrap_or_default().as_bytes(),
        status: answer["statusCode"].as_u64().and_then(|status| status.try_into().ok()).unwrap(),
        headers: &headers(&answer["multiValueHeaders"]),
        body: &serde_json::from_str(answer["body"].as_str().unwrap()).unwrap(),
    });
}

fn all_are_beyond(sentences: &Value, sent: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(sent).unwrap_or_default();
    sentences.as_array().unwrap().iter().filter_map(Value::as_str).all(|sentence| {
        BEYOND_SCHEMA.iter().any(|(rule, is_beyond)| sentence.ends_with(rule) && is_beyond(named(&body, sentence)))
    })
}

/// Returns the value that a sentence is about: `products[0].bin must …`.
fn named<'a>(body: &'a Value, sentence: &str) -> &'a Value {
    let path = sentence.split(' ').next().unwrap_or_default();
    let place = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
    // A key of `metaValues` may have dots in it.
    let meta = path.strip_prefix("metaValues.").map(|key| &body["metaValues"][key]);
    meta.or_else(|| body.pointer(&place)).unwrap_or(&Value::Null)
}
