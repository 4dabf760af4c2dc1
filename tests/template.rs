//! What API Gateway answers without a function, as the template has it, is what the code would answer.

use std::collections::BTreeMap;

use lambda_http::Body;
use serde_json::Value;
use shared::api::FILE_BYTES_MAX;
use shared::api::entry::refuse;
use shared::domain::Faults;
use shared::error::Error;

use crate::support::read;

/// The types that API Gateway answers with 403 unless the template says otherwise: what is not named there would be left
/// to `DEFAULT_4XX`.
const FORBIDDEN: [&str; 6] = [
    "ACCESS_DENIED",
    "EXPIRED_TOKEN",
    "INVALID_API_KEY",
    "INVALID_SIGNATURE",
    "MISSING_AUTHENTICATION_TOKEN",
    "WAF_FILTERED",
];

/// What the gateway adds where a function may have done its work.
const NOT_KNOWN: &str = ", with the same orderId or Idempotency-Key: it is not known what this request did";

#[derive(Debug, Clone, PartialEq)]
struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

/// The responses of the template, by their type.
fn responses() -> BTreeMap<String, Response> {
    let template = read("template.yaml");
    let section = template.split_once("      GatewayResponses:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let (mut blocks, mut anchors) = (Vec::<(&str, &str, Vec<&str>)>::new(), BTreeMap::new());
    for line in section.lines().filter(|line| !line.trim_start().starts_with('#')) {
        match line.strip_prefix("        ").filter(|line| !line.starts_with(' ')) {
            Some(line) => {
                let (name, anchor) = line.split_once(':').unwrap();
                blocks.push((name, anchor.trim(), Vec::new()));
            }
            None => blocks.last_mut().unwrap().2.push(line),
        }
    }
    let headers = |lines: &[&str]| -> BTreeMap<String, String> {
        let pairs = lines.iter().filter_map(|line| line.split_once(": \"'"));
        pairs.map(|(name, value)| (name.trim().to_owned(), value.trim_end_matches("'\"").to_owned())).collect()
    };
    let everywhere = headers(&blocks[0].2);
    let retry = headers(&blocks.iter().find(|(_, _, lines)| lines.concat().contains("&RetryHeaders")).unwrap().2);
    let mut found = BTreeMap::new();
    for (name, anchor, lines) in blocks {
        let response = match anchor.strip_prefix('*') {
            Some(anchor) => Response::clone(&anchors[anchor]),
            None => parse(&lines.join("\n"), &everywhere, &retry),
        };
        if let Some(anchor) = anchor.strip_prefix('&') {
            anchors.insert(anchor, response.clone());
        }
        found.insert(name.to_owned(), response);
    }
    found
}

fn parse(text: &str, everywhere: &BTreeMap<String, String>, retry: &BTreeMap<String, String>) -> Response {
    let (head, body) = text.split_once("application/json: >-\n").unwrap();
    let status = head.split_once("StatusCode: ").unwrap().1.lines().next().unwrap().parse().unwrap();
    let mut headers = everywhere.clone();
    if head.contains("RetryHeaders") {
        headers.extend(retry.clone());
    }
    let body = body.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    Response { status, headers, body: serde_json::from_str(&body).unwrap() }
}

/// What the code answers; the gateway sets `x-request-id` from its context.
fn of_code(error: Error) -> Response {
    let response = refuse("id", error);
    let Body::Text(body) = response.body() else { panic!("an envelope is text") };
    let headers = response.headers().iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    Response { status: response.status().as_u16(), headers, body: serde_json::from_str(body).unwrap() }
}

/// [`of_code`] of a service that cannot be reached, where it is not known what the request did.
fn not_known() -> Response {
    let mut response = of_code(unavailable());
    let detail = &mut response.body["exception"]["detailMessage"];
    *detail = (detail.as_str().unwrap().to_owned() + NOT_KNOWN).into();
    response
}

fn unavailable() -> Error {
    Error::Unavailable { doing: "asking the authorizer", source: "no answer".into() }
}

#[test]
fn the_gateway_answers_as_the_code_does() {
    let forbidden = "The request was blocked";
    let media = "application/json, or multipart/form-data if it is uploadFile";
    let want = [
        ("DEFAULT_4XX", of_code(Error::Invalid(Faults::default()))),
        ("DEFAULT_5XX", of_code(Error::Internal { doing: "answering", source: "a fault".into() })),
        ("AUTHORIZER_FAILURE", of_code(unavailable())),
        ("INTEGRATION_TIMEOUT", not_known()),
        ("INTEGRATION_FAILURE", not_known()),
        ("MISSING_AUTHENTICATION_TOKEN", of_code(Error::RouteUnknown)),
        ("RESOURCE_NOT_FOUND", of_code(Error::RouteUnknown)),
        ("UNAUTHORIZED", of_code(Error::Unauthorized)),
        ("EXPIRED_TOKEN", of_code(Error::Unauthorized)),
        ("INVALID_SIGNATURE", of_code(Error::Unauthorized)),
        ("INVALID_API_KEY", of_code(Error::Unauthorized)),
        ("ACCESS_DENIED", of_code(Error::Unauthorized)),
        ("WAF_FILTERED", of_code(Error::Forbidden(forbidden))),
        ("REQUEST_TOO_LARGE", of_code(Error::TooLarge { bytes_max: FILE_BYTES_MAX })),
        ("UNSUPPORTED_MEDIA_TYPE", of_code(Error::MediaType { takes: media })),
        ("THROTTLED", of_code(Error::TooManyRequests)),
        ("QUOTA_EXCEEDED", of_code(Error::TooManyRequests)),
    ];
    let want: BTreeMap<String, Response> =
        want.into_iter().map(|(name, response)| (name.to_owned(), response)).collect();
    let found = responses();
    for (name, response) in &want {
        assert_eq!(found.get(name), Some(response), "{name}");
    }
    assert_eq!(found.len(), want.len());
    assert!(FORBIDDEN.iter().all(|name| found.contains_key(*name)));
}
