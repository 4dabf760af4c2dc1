//! The example events, as a function receives them from API Gateway.

use lambda_http::Context;
use serde_json::{Value, json};
use shared::api::{Function, Route};

use crate::openapi::check_event;
use crate::support::wire::Wire;
use crate::support::{Service, read};

/// Every example event in the order of a story; its name begins with its function's.
pub const EVENTS: &[&str] = &[
    "create-order",
    "create-order-invalid",
    "create-order-duplicate",
    "create-order-dry-run",
    "fetch-status",
    "fetch-status-unknown",
    "received-orders",
    "received-orders-invalid",
    "cancel-order",
    "cancel-order-unknown",
    "upload-file",
    "upload-file-refused",
    "upload-file-ticket-refused",
    "fetch-file",
    "fetch-file-unknown",
    "fetch-file-kit-unknown",
    "pgk-order-mismatch",
    "pgk-order",
    "pgk-order-no-file",
    "fetch-file-kit",
    "process-order",
    "process-order-none-due",
    "sync-status",
    "sync-status-all",
    "retry-stuck",
    "fetch-status-history",
    "fetch-order",
    "fetch-order-unknown",
    "fetch-order-caller",
    "fetch-file-list",
    "create-order-to-approve",
    "create-order-to-reject",
    "review-order-same-person",
    "review-order-unknown",
    "review-order",
    "review-order-invalid",
    "review-order-reject",
    "review-order-too-late",
    "list-orders",
    "list-orders-invalid",
    "list-orders-attention",
];

/// Events whose answers always differ, or that come from a queue, a schedule or the gateway's authorizer; `binaries.rs`,
/// `api/upload_ticket.rs` and `authorize/` use them.
pub const OTHERS: &[&str] = &[
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
    for &name in EVENTS {
        let function = Route::ALL.map(Route::function).into_iter().find(|function| name.starts_with(function.name()));
        let event: Value = serde_json::from_str(&read(&format!("events/{name}.json"))).unwrap();
        let rest_event = serde_json::from_value(event.clone()).unwrap();
        let answer = app.answer(function.unwrap(), rest_event, Context::default()).await;
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
        let answer = service.stack.handlers.answer(Function::CreateOrder, event, Context::default()).await;
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!(answer["statusCode"], 400);
        assert!(answer["body"].as_str().unwrap().contains("tenant.header.missing"));
        assert!(!answer["multiValueHeaders"]["x-request-id"][0].as_str().unwrap().is_empty());
    }
}
