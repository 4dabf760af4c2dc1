//! The example events, as a function gets them from API Gateway.

use lambda_http::Context;
use local::gateway::Function;
use serde_json::{Value, json};

use crate::support::{Service, read};

/// Every example event in the order of a story, with the function that it is for.
pub const EVENTS: [(&str, Function); 16] = [
    ("create-order", Function::CreateOrder),
    ("create-order-invalid", Function::CreateOrder),
    ("create-order-duplicate", Function::CreateOrder),
    ("create-order-dry-run", Function::CreateOrder),
    ("fetch-status", Function::FetchStatus),
    ("fetch-status-unknown", Function::FetchStatus),
    ("cancel-order", Function::CancelOrder),
    ("cancel-order-unknown", Function::CancelOrder),
    ("upload-file", Function::UploadFile),
    ("upload-file-refused", Function::UploadFile),
    ("upload-file-ticket-refused", Function::UploadFile),
    ("fetch-file", Function::FetchFile),
    ("fetch-file-unknown", Function::FetchFile),
    ("pgk-order-mismatch", Function::PgkOrder),
    ("pgk-order", Function::PgkOrder),
    ("pgk-order-no-file", Function::PgkOrder),
];

/// Events of which every answer differs, or that come from a queue; `ingest.rs` and `api/upload_ticket.rs` use them.
pub const OTHERS: [&str; 4] =
    ["upload-file-ticket", "ingest-file", "ingest-file-test-event", "ingest-file-bad-message"];

/// An answer without what varies.
pub fn outline(answer: &Value) -> Value {
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let mut body = body;
    if let Some(name) = body.pointer_mut("/result/cardOrderName") {
        *name = "<digits>".into();
    }
    let headers: Vec<String> = answer["multiValueHeaders"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, values)| format!("{name}: {}", values[0].as_str().unwrap()))
        .collect();
    let mut headers = headers;
    headers.sort();
    json!({ "status": answer["statusCode"], "headers": headers, "body": body })
}

#[tokio::test]
async fn each_example_event_has_its_outcome() {
    let service = Service::start().await;
    let mut outcomes = serde_json::Map::new();
    for (name, function) in EVENTS {
        let event = serde_json::from_str(&read(&format!("events/{name}.json"))).unwrap();
        let answer = function.invoke(&service.stack.app, event, Context::default()).await;
        outcomes.insert(name.to_owned(), outline(&serde_json::to_value(answer).unwrap()));
    }
    insta::assert_json_snapshot!(outcomes);
}

#[tokio::test]
async fn an_event_that_no_gateway_would_send_is_answered_as_well() {
    let service = Service::start().await;
    for event in [
        json!({}),
        json!({ "headers": null, "multiValueHeaders": null, "body": null }),
        json!({ "httpMethod": "???", "path": 7.to_string(), "isBase64Encoded": true, "body": "*** not base64 ***" }),
        json!({ "headers": { "bad name": "x", "host": "a b", "tenant": "line\nbreak" } }),
        json!({ "requestContext": { "requestId": "", "authorizer": { "tenantId": 7 } } }),
    ] {
        let event = serde_json::from_value(event).unwrap();
        let answer = Function::CreateOrder.invoke(&service.stack.app, event, Context::default()).await;
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!(answer["statusCode"], 400);
        assert!(answer["body"].as_str().unwrap().contains("tenant.header.missing"));
        assert!(!answer["multiValueHeaders"]["x-request-id"][0].as_str().unwrap().is_empty());
    }
}
