//! Answers that are lost after the call took effect, and a store that throttles: the SDK retries the same call.

use lambda_http::Context;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use local::handlers::Handlers;
use serde_json::{Value, json};
use shared::api::Function;

use crate::support::form;
use crate::support::wire::{Fate, Wire};
use crate::support::{Service, cancel, order, order_with_file, pgk};

async fn invoke(
    app: &Handlers,
    function: Function,
    body: Vec<u8>,
    content_type: &str,
) -> (i64, Value, ApiGatewayProxyResponse) {
    let user = if function == Function::ReviewOrder { "checker" } else { "maker" };
    let event = json!({
        "httpMethod": "POST",
        "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": [content_type], "x-user": [user] },
        "body": String::from_utf8(body).unwrap(),
    });
    let answer = app.answer(function, serde_json::from_value(event).unwrap(), Context::default()).await;
    let Some(lambda_http::Body::Text(text)) = &answer.body else { panic!("no text") };
    (answer.status_code, serde_json::from_str(text).unwrap(), answer)
}

async fn post(app: &Handlers, function: Function, body: &Value) -> (i64, Value, ApiGatewayProxyResponse) {
    invoke(app, function, body.to_string().into_bytes(), "application/json").await
}

/// Loses the answer to the first call of an operation.
fn losing_first(lost: &'static str) -> Wire {
    Wire::new(move |operation, calls| if operation == lost && calls == 0 { Fate::AnswerLost } else { Fate::Answered })
}

#[tokio::test]
async fn a_lost_answer_to_a_create_is_no_conflict_and_no_replay() {
    let service = Service::start().await;
    let wire = losing_first("PutItem");
    let (status, _, answer) = post(&wire.app(&service.stack), Function::CreateOrder, &order("ORD-1")).await;
    assert_eq!(status, 200);
    assert!(!answer.multi_value_headers.contains_key("idempotent-replayed"));
    assert_eq!(wire.seen().iter().filter(|seen| seen.operation == "PutItem").count(), 2);
    assert_eq!(service.status("ORD-1").await, "RECEIVED");
}

#[tokio::test]
async fn a_lost_answer_to_a_cancel_is_a_success() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let wire = losing_first("UpdateItem");
    let (status, body, _) = post(&wire.app(&service.stack), Function::CancelOrder, &cancel("ORD-1")).await;
    assert_eq!((status, &body["result"]), (200, &json!("Order cancelled successfully")));
    assert_eq!(wire.seen().iter().filter(|seen| seen.operation == "UpdateItem").count(), 2);
}

#[tokio::test]
async fn a_lost_answer_to_a_review_is_a_success() {
    let service = Service::start().await;
    service.approval_above(0).await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let makers = Wire::counting().app(&service.stack);
    assert_eq!(post(&makers, Function::CreateOrder, &order("ORD-1")).await.0, 200);
    assert_eq!(post(&makers, Function::PgkOrder, &order_with_file("ORD-2", "kits.txt")).await.0, 200);
    let wire = losing_first("UpdateItem");
    let (status, body, _) = post(&wire.app(&service.stack), Function::ReviewOrder, &cancel("ORD-1")).await;
    assert_eq!((status, &body["result"]), (200, &json!("Order approved successfully")));
    assert_eq!(wire.seen().iter().filter(|seen| seen.operation == "UpdateItem").count(), 2);
    // A rejection frees the file in a transaction.
    let wire = losing_first("TransactWriteItems");
    let event = json!({
        "httpMethod": "POST",
        "resource": "/card-order/reject",
        "multiValueHeaders": { "tenant": ["ACME_BANK"], "x-user": ["checker"] },
        "body": json!({ "orderId": "ORD-2", "branchId": "12345", "reason": "no" }).to_string(),
    });
    let event = serde_json::from_value(event).unwrap();
    let answer = wire.app(&service.stack).answer(Function::ReviewOrder, event, Context::default()).await;
    assert_eq!(answer.status_code, 200, "{:?}", answer.body);
    assert_eq!(wire.seen().iter().filter(|seen| seen.operation == "TransactWriteItems").count(), 2);
    assert_eq!(service.status("ORD-2").await, "CANCELLED");
    assert!(service.create_with_file(order_with_file("ORD-3", "kits.txt")).await.is_ok());
}

#[tokio::test]
async fn lost_answers_to_an_upload_and_its_order_are_successes() {
    let service = Service::start().await;
    for (round, lost) in ["PUT", "PutItem", "UpdateItem", "TransactWriteItems"].into_iter().enumerate() {
        let wire = losing_first(lost);
        let app = wire.app(&service.stack);
        let content = crate::support::kits_marked(&format!("L{round}X"));
        let name = format!("round-{round}.txt");
        let body = form::body(&[form::file(&name, &content)]);
        let (status, body, answer) = invoke(&app, Function::UploadFile, body, &form::content_type()).await;
        assert_eq!(status, 200, "{lost}: {body}");
        assert!(!answer.multi_value_headers.contains_key("idempotent-replayed"), "{lost}");
        let id = format!("ORD-{round}");
        let (status, body, answer) = post(&app, Function::PgkOrder, &order_with_file(&id, &name)).await;
        assert_eq!(status, 200, "{lost}: {body}");
        assert!(!answer.multi_value_headers.contains_key("idempotent-replayed"), "{lost}");
        let (status, body, _) = post(&app, Function::CancelOrder, &cancel(&id)).await;
        assert_eq!(status, 200, "{lost}: {body}");
    }
}

#[tokio::test]
async fn a_store_that_throttles_is_unavailable_with_a_time_to_wait() {
    let service = Service::start().await;
    let throttled =
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}"#;
    let wire = Wire::new(move |operation, _| match operation {
        "PutItem" => Fate::Refused(400, throttled),
        _ => Fate::Answered,
    });
    let (status, body, answer) = post(&wire.app(&service.stack), Function::CreateOrder, &order("ORD-1")).await;
    assert_eq!((status, &body["exception"]["errorCode"]), (503, &json!("service.unavailable")));
    assert_eq!(answer.multi_value_headers["retry-after"], "2");
    let seldom = Wire::new(move |operation, calls| match operation {
        "PutItem" if calls < 2 => Fate::Refused(400, throttled),
        _ => Fate::Answered,
    });
    assert_eq!(post(&seldom.app(&service.stack), Function::CreateOrder, &order("ORD-1")).await.0, 200);
}

#[tokio::test]
async fn a_transaction_that_meets_another_is_tried_again() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let conflict = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"cancelled","CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]}"#;
    let busy = Wire::new(move |operation, _| match operation {
        "TransactWriteItems" => Fate::Refused(400, conflict),
        _ => Fate::Answered,
    });
    let (status, body, _) =
        post(&busy.app(&service.stack), Function::PgkOrder, &order_with_file("ORD-1", "kits.txt")).await;
    assert_eq!((status, &body["result"]), (503, &Value::Null));
    let wire = Wire::new(move |operation, calls| match operation {
        "TransactWriteItems" if calls < 3 => Fate::Refused(400, conflict),
        _ => Fate::Answered,
    });
    assert_eq!(post(&wire.app(&service.stack), Function::PgkOrder, &order_with_file("ORD-1", "kits.txt")).await.0, 200);
}

#[tokio::test]
async fn a_store_that_refuses_us_is_our_fault_and_says_nothing() {
    let service = Service::start().await;
    let denied = r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException","Message":"User secret-role is not authorized"}"#;
    let wire = Wire::new(move |_, _| Fate::Refused(400, denied));
    let (status, body, _) =
        post(&wire.app(&service.stack), Function::FetchStatus, &json!({ "cardOrderId": "ORD-1" })).await;
    assert_eq!((status, &body["exception"]["errorCode"]), (500, &json!("internal.error")));
    assert!(!body.to_string().contains("secret-role"));
}

#[tokio::test]
async fn an_upload_that_was_cut_off_does_not_keep_its_kits_for_ever() {
    let service = Service::start().await;
    // The first upload claims its kits and never writes its verdict.
    let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException","Message":"cut off"}"#;
    let cut_off = Wire::new(move |operation, calls| match operation {
        // The first update takes the name; the second would be the verdict.
        "UpdateItem" if calls == 1 => Fate::Refused(400, refused),
        _ => Fate::Answered,
    });
    let body = |name: &str| form::body(&[form::file(name, &pgk("valid-3.txt"))]);
    let (status, ..) =
        invoke(&cut_off.app(&service.stack), Function::UploadFile, body("first.txt"), &form::content_type()).await;
    assert_eq!(status, 500);
    // A later one with the same kits gets them once the first one's lease is over.
    let later = Wire::counting().app_at(&service.stack, jiff::SignedDuration::from_mins(3));
    let (status, answer, _) = invoke(&later, Function::UploadFile, body("second.txt"), &form::content_type()).await;
    assert_eq!(status, 200, "{answer}");
    // Going on with the first one finds them taken.
    let (status, answer, _) = invoke(&later, Function::UploadFile, body("first.txt"), &form::content_type()).await;
    assert_eq!((status, &answer["exception"]["errorCode"]), (400, &json!("ORD002")));
}
