//! The example events, as a function receives them from API Gateway.

use lambda_http::Context;
use serde_json::{Value, json};
use shared::api::Function;

use crate::openapi::check_event;
use crate::support::wire::Wire;
use crate::support::{Service, read};

/// Every example event in the order of a story, with its function.
pub const EVENTS: [(&str, Function); 41] = [
    ("create-order", Function::CreateOrder),
    ("create-order-invalid", Function::CreateOrder),
    ("create-order-duplicate", Function::CreateOrder),
    ("create-order-dry-run", Function::CreateOrder),
    ("fetch-status", Function::FetchStatus),
    ("fetch-status-unknown", Function::FetchStatus),
    ("received-orders", Function::ReceivedOrders),
    ("received-orders-invalid", Function::ReceivedOrders),
    ("cancel-order", Function::CancelOrder),
    ("cancel-order-unknown", Function::CancelOrder),
    ("upload-file", Function::UploadFile),
    ("upload-file-refused", Function::UploadFile),
    ("upload-file-ticket-refused", Function::UploadFile),
    ("fetch-file", Function::FetchFile),
    ("fetch-file-unknown", Function::FetchFile),
    ("fetch-file-kit-unknown", Function::FetchFile),
    ("pgk-order-mismatch", Function::PgkOrder),
    ("pgk-order", Function::PgkOrder),
    ("pgk-order-no-file", Function::PgkOrder),
    ("fetch-file-kit", Function::FetchFile),
    ("process-order", Function::ProcessOrder),
    ("process-order-none-due", Function::ProcessOrder),
    ("sync-status", Function::SyncStatus),
    ("sync-status-all", Function::SyncStatus),
    ("retry-stuck", Function::RetryStuck),
    ("fetch-status-history", Function::FetchStatus),
    ("fetch-order", Function::FetchOrder),
    ("fetch-order-unknown", Function::FetchOrder),
    ("fetch-order-caller", Function::FetchOrder),
    ("fetch-file-list", Function::FetchFile),
    ("create-order-to-approve", Function::CreateOrder),
    ("create-order-to-reject", Function::CreateOrder),
    ("review-order-same-person", Function::ReviewOrder),
    ("review-order-unknown", Function::ReviewOrder),
    ("review-order", Function::ReviewOrder),
    ("review-order-invalid", Function::ReviewOrder),
    ("review-order-reject", Function::ReviewOrder),
    ("review-order-too-late", Function::ReviewOrder),
    ("list-orders", Function::ListOrders),
    ("list-orders-invalid", Function::ListOrders),
    ("list-orders-attention", Function::ListOrders),
];

/// Events whose answers always differ, or that come from a queue, a schedule or the gateway's authorizer; `binaries.rs`,
/// `api/upload_ticket.rs` and `authorize/` use them.
pub const OTHERS: [&str; 13] = [
    "authorize",
    "authorize-denied",
    "authorize-unknown-key",
    "authorize-token",
    "authorize-token-expired",
    "authorize-token-foreign",
    "upload-file-ticket",
    "ingest-file",
    "ingest-file-test-event",
    "ingest-file-bad-message",
    "dispatch-due",
    "work-due",
    "work-due-bad-message",
];

/// Returns an answer without the parts that vary.
pub fn outline(answer: &Value) -> Value {
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let mut body = body;
    without_times(&mut body);
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

/// Times, and what is made from one, differ from run to run.
fn without_times(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_times),
        Value::Object(entries) => {
            for (key, value) in entries {
                match key.as_str() {
                    "cardOrderName" => *value = "<digits>".into(),
                    "at" | "receivedAt" | "statusSince" | "scheduledAt" | "validUntil" | "nextActionAt" => {
                        *value = "<instant>".into();
                    }
                    "nextToken" => *value = "<token>".into(),
                    "explanation" => *value = "<explanation>".into(),
                    _ => without_times(value),
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn each_example_event_has_its_outcome() {
    let service = Service::start().await;
    service.approval_above(1_000).await;
    let app = Wire::counting().app_for_authorized(&service.stack);
    let mut outcomes = serde_json::Map::new();
    for (name, function) in EVENTS {
        let event: Value = serde_json::from_str(&read(&format!("events/{name}.json"))).unwrap();
        let rest_event = serde_json::from_value(event.clone()).unwrap();
        let answer = app.answer(function, rest_event, Context::default()).await;
        let answer = serde_json::to_value(answer).unwrap();
        check_event(&event, &answer);
        outcomes.insert(name.to_owned(), outline(&answer));
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
        let answer = service.stack.handlers.answer(shared::api::Function::CreateOrder, event, Context::default()).await;
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!(answer["statusCode"], 400);
        assert!(answer["body"].as_str().unwrap().contains("tenant.header.missing"));
        assert!(!answer["multiValueHeaders"]["x-request-id"][0].as_str().unwrap().is_empty());
    }
}
