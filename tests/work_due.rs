//! `work-due`: processes the due orders of one tenant.

use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use jiff::SignedDuration;
use local::calling::work_of;
use local::handlers::Handlers;
use serde_json::json;
use shared::api::batch::BatchCall;
use shared::deadline::Deadline;

use crate::processing::scripted;
use crate::support::wire::{Fate, Wire};
use crate::support::{Options, Service, options, order, order_with_file, pgk};

fn nudges(bodies: &[&str]) -> SqsEvent {
    let record = |(id, body): (usize, &&str)| json!({ "messageId": id.to_string(), "body": body });
    let records: Vec<_> = bodies.iter().enumerate().map(record).collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

fn call(deadline: Deadline) -> BatchCall {
    BatchCall { request_id: "request".to_owned(), deadline }
}

/// A turn of `work-due`. Returns the messages that failed.
pub async fn turn(app: &Handlers, bodies: &[&str]) -> Vec<String> {
    let call = call(Deadline::never());
    let response = work_of("work-due", work_due::handle(&app.work, nudges(bodies), &call)).await;
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

pub const ACME: &str = r#"{"tenant":"ACME_BANK"}"#;

#[tokio::test]
async fn a_turn_moves_everything_that_is_due_and_nothing_else() {
    let (service, clock) = Service::start_with_clock().await;
    for n in 0..120 {
        assert!(service.create(order(&format!("ORD-{n}"))).await.is_ok());
    }
    let mut later = order("LATER");
    later["processStartTime"] = "2026-01-16 10:00:00".into();
    assert!(service.create(&later).await.is_ok());
    assert!(service.post_as("GLOBEX", "/card-order", &order("ORD-0")).await.is_ok());
    for want in ["PENDING", "SUCCESS"] {
        assert!(turn(&service.stack.handlers, &[ACME]).await.is_empty());
        for n in 0..120 {
            assert_eq!(service.status(&format!("ORD-{n}")).await, want);
        }
    }
    assert_eq!(service.status("LATER").await, "RECEIVED");
    clock.advance(SignedDuration::from_hours(24));
    assert!(turn(&service.stack.handlers, &[ACME]).await.is_empty());
    assert_eq!(service.status("LATER").await, "PENDING");
    let theirs = service.post_as("GLOBEX", "/card-order/fetchStatus", &json!({ "cardOrderId": "ORD-0" })).await;
    assert_eq!(theirs.body["result"]["status"], "RECEIVED");
}

#[tokio::test]
async fn an_order_that_expires_frees_its_file() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let mut body = order_with_file("ORD-1", "kits.txt");
    body["validity"] = 1.into();
    assert!(service.create_with_file(&body).await.is_ok());
    clock.advance(SignedDuration::from_hours(25));
    assert_eq!(service.create_with_file(order_with_file("ORD-2", "kits.txt")).await.code(), "ORD006");
    assert!(turn(&service.stack.handlers, &[ACME]).await.is_empty());
    let history = service.fetch_history("ORD-1").await;
    assert_eq!(history.body["result"][1]["to"], "EXPIRED");
    assert!(service.create_with_file(order_with_file("ORD-2", "kits.txt")).await.is_ok());
    assert!(service.stack.simulator.ledger().unwrap().is_empty());
}

#[tokio::test]
async fn a_message_that_cannot_be_worked_on_goes_back_alone() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let failed =
        turn(&service.stack.handlers, &["not ours", r#"{"tenant":"NOT_REGISTERED"}"#, r#"{"tenant":"a b"}"#, ACME])
            .await;
    assert_eq!(failed, ["0", "2"]);
    assert_eq!(service.status("ORD-1").await, "PENDING");

    let throttled = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}"#;
    let wire = Wire::new(move |operation, _| match operation {
        "Query" => Fate::Refused(400, throttled),
        _ => Fate::Answered,
    });
    assert_eq!(turn(&wire.app(&service.stack), &[ACME]).await, ["0"]);
}

#[tokio::test]
async fn a_turn_that_has_no_time_leaves_the_rest_to_the_next() {
    let service = Service::start().await;
    for n in 0..20 {
        assert!(service.create(order(&format!("ORD-{n}"))).await.is_ok());
    }
    let left = std::sync::atomic::AtomicI32::new(5);
    let deadline = Deadline::when(move || left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) > 0);
    let call = call(deadline);
    let response = work_of("work-due", work_due::handle(&service.stack.handlers.work, nudges(&[ACME]), &call)).await;
    assert!(response.batch_item_failures.is_empty());
    assert_eq!(service.stack.simulator.ledger().unwrap().len(), 5);
    assert!(turn(&service.stack.handlers, &[ACME]).await.is_empty());
    assert_eq!(service.stack.simulator.ledger().unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_of_the_store_change_nothing() {
    let (service, clock) = Service::start_with_clock().await;
    for lost in 0..4 {
        let id = format!("ORD-{lost}");
        assert!(service.create(scripted(&id, "flap")).await.is_ok());
        let wire = Wire::new(move |operation, calls| match operation {
            "UpdateItem" if calls % 4 == lost => Fate::AnswerLost,
            _ => Fate::Answered,
        });
        let app = crate::processing::app_over(&wire, "flap", &service, &clock, 10);
        crate::processing::live(&app, &clock, &id).await;
        let order = app.store.work_order(&crate::processing::acme(), &id.clone().try_into().unwrap()).await.unwrap();
        assert_eq!(order.unwrap().state.attempts, 1, "{id}: a claim whose answer was lost is still ours");
        assert_eq!(crate::processing::ledger(&service, &id).0, 1, "{id}");
        assert_eq!(service.status(&id).await, "SUCCESS", "{id}");
    }
}

/// The stack's own tick, with a tenant for whose orders the card management system never answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_tenant_does_not_keep_another_waiting() {
    let tick = Some(Duration::from_millis(50));
    let service = Service::start_with(Options { tick, ..options() }).await;
    for n in 0..60 {
        let body = scripted(&format!("BUSY-{n:02}"), "never-answer");
        assert!(service.create(&body).await.is_ok());
    }
    while service.stack.simulator.ledger().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(service.post_as("GLOBEX", "/card-order", &order("QUICK")).await.is_ok());
    let query = json!({ "cardOrderId": "QUICK" });
    let quick = async {
        while service.post_as("GLOBEX", "/card-order/fetchStatus", &query).await.body["result"]["status"] != "SUCCESS" {
            tokio::task::yield_now().await;
        }
    };
    // No longer than the busy tenant's first calls are waited for.
    tokio::time::timeout(crate::support::PATIENT.call, quick).await.expect("QUICK has its turn");
    // It had four turns at once at most, of eight orders each.
    let waiting = service.post("/card-order/received", &json!({ "pageSize": 100 })).await;
    assert!(!waiting.body["result"].as_array().unwrap().is_empty(), "the busy tenant is still with its first orders");
}
