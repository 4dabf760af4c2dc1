//! `POST /card-order/status` and `POST /card-order/sync-pending-status`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::processing::scripted;
use crate::support::{Service, order};

const ROUTE: &str = "/card-order/status";

async fn processed(service: &Service, id: &str, script: &str) {
    assert!(service.create(scripted(id, script)).await.is_ok());
    service.process(id).await;
}

#[tokio::test]
async fn the_named_order_is_asked_for_until_it_has_ended() {
    let service = Service::start().await;
    processed(&service, "ORD-1", "flap").await;
    let query = json!({ "cardOrderId": "ORD-1" });
    let mut statuses = Vec::new();
    for _ in 0..4 {
        assert_eq!(service.post(ROUTE, &query).await.body["result"], json!(true));
        statuses.push(service.status("ORD-1").await);
    }
    // It flaps; the order does not.
    assert_eq!(statuses, ["PROCESSED", "PROCESSED", "PROCESSED", "SUCCESS"]);
    let ended = service.post(ROUTE, &query).await;
    assert_eq!((ended.status, ended.code()), (409, "ORD008"));
    assert_eq!(ended.faults(), ["Order status is SUCCESS and cannot be synchronised"]);
}

#[tokio::test]
async fn without_a_name_an_order_that_is_due_is_asked_for() {
    let (service, clock) = Service::start_with_clock().await;
    assert_eq!(service.post(ROUTE, &json!({})).await.body["result"], json!(false));
    processed(&service, "ORD-1", "flap").await;
    clock.advance(SignedDuration::from_secs(1));
    processed(&service, "ORD-2", "accept").await;
    // PROCESSED, nothing new, and then left alone for a while, so that the other has its turn.
    for want in [true, true, true, false] {
        assert_eq!(service.post(ROUTE, &json!({})).await.body["result"], json!(want));
    }
    assert_eq!([service.status("ORD-1").await, service.status("ORD-2").await], ["PROCESSED", "SUCCESS"]);
    clock.advance(SignedDuration::from_mins(16));
    assert_eq!(service.post(ROUTE, &json!({})).await.body["result"], json!(true));
}

#[tokio::test]
async fn an_order_that_was_never_sent_or_has_ended_is_not_asked_for() {
    let service = Service::start().await;
    for id in ["RECEIVED", "CANCELLED"] {
        assert!(service.create(order(id)).await.is_ok());
    }
    assert!(service.cancel("CANCELLED").await.is_ok());
    for status in ["RECEIVED", "CANCELLED"] {
        let answer = service.sync(status).await;
        assert_eq!((answer.status, answer.code()), (409, "ORD008"));
        assert_eq!(answer.faults(), [format!("Order status is {status} and cannot be synchronised")]);
    }
    let none = service.sync("NOPE").await;
    assert_eq!((none.status, none.code()), (404, "ORD004"));
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_found_by_asking() {
    let service = Service::start().await;
    for route in [ROUTE, "/card-order/sync-pending-status"] {
        let id = format!("LOST-{}", route.len());
        processed(&service, &id, "drop-after").await;
        assert_eq!(service.status(&id).await, "PENDING");
        assert_eq!(service.post(route, &json!({})).await.body["result"], json!(true), "{route}");
        assert_eq!(service.status(&id).await, "SUCCESS", "{route}");
    }
    // One that never arrived stays as it is: that it is not known says nothing.
    processed(&service, "NOT-THERE", "drop-before").await;
    let answer = service.sync("NOT-THERE").await;
    assert_eq!((answer.status, &answer.body["result"]), (200, &json!(true)));
    assert_eq!(service.status("NOT-THERE").await, "PENDING");
    assert_eq!(service.post(ROUTE, &json!({})).await.body["result"], json!(false));
}

#[tokio::test]
async fn a_system_that_does_not_answer_is_told_to_whoever_asks_for_one_order() {
    let (service, _) = Service::start_for("never-answer").await;
    processed(&service, "ORD-1", "never-answer").await;
    let answer = service.sync("ORD-1").await;
    assert_eq!((answer.status, answer.code()), (502, "ORD009"));
    assert_eq!(service.post("/card-order/sync-pending-status", &json!({})).await.body["result"], json!(true));
    assert_eq!(service.status("ORD-1").await, "PENDING");
    // It does not delay other orders, and is reported if there is no other.
    processed(&service, "ORD-2", "accept").await;
    assert_eq!(service.post(ROUTE, &json!({})).await.body["result"], json!(true));
    assert_eq!(service.status("ORD-2").await, "SUCCESS");
    assert_eq!(service.post(ROUTE, &json!({})).await.code(), "ORD009");
}

#[tokio::test]
async fn all_orders_of_one_tenant_are_asked_for_at_once() {
    let service = Service::start().await;
    for n in 0..30 {
        processed(&service, &format!("ORD-{n}"), "accept").await;
    }
    let theirs = scripted("ORD-0", "accept");
    assert!(service.post_as("GLOBEX", "/card-order", &theirs).await.is_ok());
    assert!(service.post_as("GLOBEX", "/card-order/process", &json!({})).await.is_ok());
    let answer = service.post("/card-order/sync-pending-status", &Value::Object(serde_json::Map::new())).await;
    assert_eq!(answer.body["result"], json!(true));
    for n in 0..30 {
        assert_eq!(service.status(&format!("ORD-{n}")).await, "SUCCESS");
    }
    let other = service.post_as("GLOBEX", "/card-order/fetchStatus", &json!({ "cardOrderId": "ORD-0" })).await;
    assert_eq!(other.body["result"]["status"], "PENDING");
}

#[tokio::test]
async fn a_held_order_is_led_out_by_a_fact() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("ORD-1", "no-void")).await.is_ok());
    crate::processing::live(&service.stack.handlers, &clock, "ORD-1").await;
    let query = json!({ "cardOrderId": "ORD-1" });
    // Nothing is known about it: it stays on hold and is not sent.
    assert_eq!(service.post(ROUTE, &query).await.body["result"], json!(true));
    let answer = service.post("/card-order/process", &query).await;
    assert_eq!(answer.faults(), ["Order status is PENDING and cannot be processed"]);
    assert_eq!(service.post("/card-order/process", &json!({})).await.body["result"], json!(false));
    // Somebody sees to it at the card management system.
    service.stack.simulator.void_by_hand("ACME_BANK:ORD-1").unwrap();
    assert_eq!(service.post(ROUTE, &query).await.body["result"], json!(true));
    assert_eq!(service.status("ORD-1").await, "FAILED");
}
