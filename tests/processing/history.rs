//! The history of an order.

use serde_json::{Value, json};
use shared::domain::OrderId;

use super::{acme, app_for, scripted, worker};
use crate::support::{Service, order};

async fn history(service: &Service, id: &str) -> Vec<Value> {
    let answer = service.fetch_history(id).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["result"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_history_that_outgrows_the_item_is_still_whole_and_in_order() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("ORD-1", "void-only")).await.is_ok());
    let id = OrderId::parse("ORD-1").unwrap();
    for _ in 0..21 {
        // Each with a breaker of its own, since one would open before.
        let app = app_for("void-only", &service, &clock, 20);
        let order = app.store.work_order(&acme(), &id).await.unwrap().unwrap();
        worker(&app).advance(&order).await.unwrap();
        clock.advance(super::A_WHILE);
    }
    let changes = history(&service, "ORD-1").await;
    // Received, sent 20 times, claimed for voiding, and voided.
    assert_eq!(changes.len(), 23);
    assert_eq!((&changes[22]["from"], &changes[22]["to"]), (&json!("PENDING"), &json!("FAILED")));
    assert_eq!((&changes[0]["from"], &changes[0]["to"]), (&Value::Null, &json!("RECEIVED")));
    assert_eq!((&changes[1]["from"], &changes[1]["to"]), (&json!("RECEIVED"), &json!("PENDING")));
    for change in &changes[2..22] {
        assert_eq!((&change["from"], &change["to"]), (&json!("PENDING"), &json!("PENDING")));
        assert_eq!((&change["actor"], &change["requestId"]), (&json!("test"), &json!("request-of-the-test")));
        assert_eq!(change["by"], Value::Null);
    }
    let notes: Vec<_> = changes.iter().map(|change| change["note"].as_str()).collect();
    assert_eq!(notes[..3], [None, None, Some("sent again")]);
    assert_eq!(notes[20..], [Some("sent again"), Some("void requested"), None]);
    let at: Vec<&str> = changes.iter().map(|change| change["at"].as_str().unwrap()).collect();
    assert!(at.is_sorted(), "{at:?}");
    assert_eq!(at[0], "2026-01-15T10:00:00.000Z");
}

#[tokio::test]
async fn the_history_of_another_tenant_is_that_of_no_order() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let theirs = service.post_as("GLOBEX", "/card-order/history", &json!({ "cardOrderId": "ORD-1" })).await;
    let none = service.post_as("GLOBEX", "/card-order/history", &json!({ "cardOrderId": "ORD-9" })).await;
    assert_eq!((theirs.status, theirs.code()), (404, "ORD004"));
    assert_eq!(theirs.body, none.body);
}
