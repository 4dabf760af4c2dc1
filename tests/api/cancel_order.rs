//! `POST /card-order/cancel`

use jiff::SignedDuration;
use serde_json::json;

use crate::support::{Service, cancel, order};

const ROUTE: &str = "/card-order/cancel";

#[tokio::test]
async fn an_order_is_cancelled_once() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let answer = service.cancel("ORD-1").await;
    assert_eq!((answer.status, &answer.body["result"]), (200, &json!("Order cancelled successfully")));
    assert_eq!(service.status("ORD-1").await, "CANCELLED");
    let again = service.cancel("ORD-1").await;
    assert_eq!((again.status, again.code()), (400, "ORD003"));
    assert_eq!(again.faults(), ["Order status is CANCELLED and cannot be cancelled"]);
}

#[tokio::test]
async fn another_branch_and_another_tenant_find_nothing() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let missing = service.cancel("NOPE").await;
    assert_eq!((missing.status, missing.code()), (404, "ORD004"));
    let branch = service.post(ROUTE, &json!({ "orderId": "ORD-1", "branchId": "54321" })).await;
    let tenant = service.post_as("GLOBEX", ROUTE, &cancel("ORD-1")).await;
    assert_eq!([&branch.text, &tenant.text], [&missing.text; 2]);
    assert_eq!(service.status("ORD-1").await, "RECEIVED");
}

#[tokio::test]
async fn an_expired_order_cannot_be_cancelled() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_after(SignedDuration::ZERO, data.path()).await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    service.stack.stop().await;
    let service = Service::start_after(SignedDuration::from_hours(30 * 24), data.path()).await;
    assert_eq!(service.cancel("ORD-1").await.faults(), ["Order status is EXPIRED and cannot be cancelled"]);
}

#[tokio::test]
async fn both_ids_are_required() {
    let service = Service::start().await;
    assert_eq!(service.post(ROUTE, &json!({})).await.faults(), ["orderId is required", "branchId is required"]);
    let answer = service.post(ROUTE, &json!({ "orderId": 7, "branchId": "a b", "reason": "x" })).await;
    assert_eq!(
        answer.faults(),
        [
            "orderId must be a string of 1 to 64 letters, digits, '_' or '-' that starts with a letter or digit",
            "branchId must be a string of 1 to 32 letters, digits, '_' or '-'",
            "reason is not a known field",
        ]
    );
}

#[tokio::test]
async fn a_dry_run_cancels_nothing() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let dry = [("tenant", "ACME_BANK"), ("dry-run", "true")];
    let answer = service.post_with(ROUTE, &dry, &cancel("ORD-1")).await;
    assert_eq!((answer.status, answer.header("dry-run")), (200, Some("true")));
    assert_eq!(service.status("ORD-1").await, "RECEIVED");
    assert_eq!(service.post_with(ROUTE, &dry, &cancel("NOPE")).await.code(), "ORD004");
    assert!(service.cancel("ORD-1").await.is_ok());
    assert_eq!(service.post_with(ROUTE, &dry, &cancel("ORD-1")).await.code(), "ORD003");
}
