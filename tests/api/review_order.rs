//! `POST /card-order/approve` and `/card-order/reject`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::processing::{app_for, ledger, worker};
use crate::support::{Answer, Service, TestClock, order, order_with_file, pgk};

const MAKER: &str = "maker";
const CHECKER: &str = "checker";

fn large(id: &str) -> Value {
    let mut body = order(id);
    body["products"][0]["quantity"] = 101.into();
    body
}

/// A service where orders of more than 100 kits need approval.
async fn start() -> (Service, TestClock) {
    let (service, clock) = Service::start_with_clock().await;
    service.approval_above(100).await;
    (service, clock)
}

async fn post_by(service: &Service, user: &str, route: &str, body: &Value) -> Answer {
    service.post_with(&format!("/card-order{route}"), &[("tenant", "ACME_BANK"), ("x-user", user)], body).await
}

fn named(id: &str) -> Value {
    json!({ "orderId": id, "branchId": "12345" })
}

fn rejection(id: &str) -> Value {
    json!({ "orderId": id, "branchId": "12345", "reason": "Ordered twice" })
}

async fn approval(service: &Service, id: &str) -> Value {
    service.post("/card-order/fetchOrder", &json!({ "cardOrderId": id })).await.body["result"]["approval"].clone()
}

#[tokio::test]
async fn an_order_above_the_tenants_limit_waits_for_a_second_person() {
    let (service, clock) = start().await;
    let mut limit = order("LIMIT");
    limit["products"][0]["quantity"] = 100.into();
    assert!(post_by(&service, MAKER, "", &limit).await.is_ok());
    assert_eq!(approval(&service, "LIMIT").await, Value::Null);
    assert!(post_by(&service, MAKER, "", &large("LARGE")).await.is_ok());
    assert!(post_by(&service, MAKER, "", &large("LARGE")).await.header("idempotent-replayed").is_some());
    let required = json!({ "state": "REQUIRED", "by": null, "at": null, "reason": null });
    assert_eq!(approval(&service, "LARGE").await, required);
    let process = service.process("LARGE").await;
    assert_eq!((process.status, process.code(), process.faults()), (409, "ORD008", vec!["Order awaits approval"]));
    // It is RECEIVED and not due, however long it waits.
    clock.advance(SignedDuration::from_hours(24));
    assert!(crate::work_due::turn(&service.stack.handlers, &[crate::work_due::ACME]).await.is_empty());
    assert_eq!((service.status("LIMIT").await, service.status("LARGE").await), (json!("PENDING"), json!("RECEIVED")));
    for route in ["/card-order/list", "/card-order/received"] {
        let query = if route.ends_with("list") { json!({ "status": "RECEIVED" }) } else { json!({}) };
        assert_eq!(service.post(route, &query).await.body["result"][0]["cardOrderId"], "LARGE", "{route}");
    }
    let approved = post_by(&service, CHECKER, "/approve", &named("LARGE")).await;
    assert_eq!((approved.status, &approved.body["result"]), (200, &json!("Order approved successfully")));
    let given = json!({ "state": "APPROVED", "by": CHECKER, "at": "2026-01-16T10:00:00.000Z", "reason": null });
    assert_eq!(approval(&service, "LARGE").await, given);
    let history = service.fetch_history("LARGE").await;
    let entry = &history.body["result"][1];
    assert_eq!((&entry["from"], &entry["to"]), (&json!("RECEIVED"), &json!("RECEIVED")));
    assert_eq!(
        (&entry["by"], &entry["note"], &entry["actor"]),
        (&json!(CHECKER), &json!("approved"), &json!("review-order"))
    );
    assert_eq!(
        service.post("/card-order/list", &json!({ "status": "RECEIVED" })).await.body["result"][0]["approval"],
        "APPROVED"
    );
    assert!(crate::work_due::turn(&service.stack.handlers, &[crate::work_due::ACME]).await.is_empty());
    assert_eq!(service.status("LARGE").await, "PENDING");
}

#[tokio::test]
async fn an_approved_order_still_waits_for_its_start() {
    let (service, clock) = start().await;
    let mut body = large("LARGE");
    body["processStartTime"] = "2026-01-15 12:00:00".into();
    assert!(post_by(&service, MAKER, "", &body).await.is_ok());
    assert!(post_by(&service, CHECKER, "/approve", &named("LARGE")).await.is_ok());
    assert_eq!(service.process("LARGE").await.faults(), ["Order starts at 2026-01-15 12:00:00"]);
    clock.advance(SignedDuration::from_hours(2));
    assert!(service.process("LARGE").await.is_ok());
}

#[tokio::test]
async fn a_rejection_cancels_with_its_reason_and_frees_the_file() {
    let (service, _) = Service::start_with_clock().await;
    service.approval_above(0).await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    assert!(post_by(&service, MAKER, "/withFile", &order_with_file("ORD-1", "kits.txt")).await.is_ok());
    let rejected = post_by(&service, CHECKER, "/reject", &rejection("ORD-1")).await;
    assert_eq!((rejected.status, &rejected.body["result"]), (200, &json!("Order rejected successfully")));
    assert_eq!(service.status("ORD-1").await, "CANCELLED");
    let state =
        json!({ "state": "REJECTED", "by": CHECKER, "at": "2026-01-15T10:00:00.000Z", "reason": "Ordered twice" });
    assert_eq!(approval(&service, "ORD-1").await, state);
    let history = service.fetch_history("ORD-1").await;
    let last = &history.body["result"][1];
    assert_eq!(
        (&last["to"], &last["by"], &last["note"]),
        (&json!("CANCELLED"), &json!(CHECKER), &json!("Ordered twice"))
    );
    assert!(post_by(&service, MAKER, "/withFile", &order_with_file("ORD-2", "kits.txt")).await.is_ok());
    let whole = service.post("/card-order/fetchOrder", &json!({ "cardOrderId": "ORD-1" })).await;
    assert_eq!(
        whole.body["result"]["explanation"],
        "checker rejected it: Ordered twice. Place a new order if the cards are still needed; its file kits.txt is free again."
    );
}

#[tokio::test]
async fn nobody_reviews_an_order_of_their_own_and_nobody_unknown_reviews_any() {
    let (service, _) = start().await;
    assert!(post_by(&service, MAKER, "", &large("MADE")).await.is_ok());
    assert!(service.create(large("BY-NOBODY")).await.is_ok());
    for (user, id) in [(Some(MAKER), "MADE"), (None, "MADE"), (Some(CHECKER), "BY-NOBODY"), (None, "BY-NOBODY")] {
        for (route, body) in [("/approve", named(id)), ("/reject", rejection(id))] {
            let mut headers = vec![("tenant", "ACME_BANK")];
            headers.extend(user.map(|user| ("x-user", user)));
            let answer = service.post_with(&format!("/card-order{route}"), &headers, &body).await;
            assert_eq!((answer.status, answer.code()), (403, "ORD010"), "{user:?} {id} {route}");
            assert_eq!(answer.body["exception"]["shortMessage"], "Approval not allowed");
        }
    }
    assert_eq!(service.status("MADE").await, "RECEIVED");
    // Its maker may cancel it.
    assert!(post_by(&service, MAKER, "/cancel", &named("MADE")).await.is_ok());
}

#[tokio::test]
async fn what_awaits_no_approval_is_not_reviewed() {
    let (service, clock) = start().await;
    assert!(post_by(&service, MAKER, "", &order("SMALL")).await.is_ok());
    for id in ["APPROVED", "CANCELLED", "SENT", "EXPIRED"] {
        assert!(post_by(&service, MAKER, "", &large(id)).await.is_ok());
    }
    for id in ["APPROVED", "SENT"] {
        assert!(post_by(&service, CHECKER, "/approve", &named(id)).await.is_ok());
    }
    assert!(service.cancel("CANCELLED").await.is_ok());
    assert!(service.process("SENT").await.is_ok());
    let check = async |id: &str, faults: [&str; 2]| {
        for ((route, body), fault) in [("/approve", named(id)), ("/reject", rejection(id))].into_iter().zip(faults) {
            let answer = post_by(&service, CHECKER, route, &body).await;
            assert_eq!((answer.status, answer.code(), answer.faults()), (409, "ORD008", vec![fault]), "{id} {route}");
        }
    };
    check("SMALL", ["Order requires no approval"; 2]).await;
    check("APPROVED", ["Order is approved already"; 2]).await;
    let status = |status: &str, asked: &str| format!("Order status is {status} and cannot be {asked}");
    for (id, name) in [("CANCELLED", "CANCELLED"), ("SENT", "PENDING")] {
        check(id, [&status(name, "approved"), &status(name, "rejected")]).await;
    }
    clock.advance(SignedDuration::from_hours(24 * 31));
    check("EXPIRED", [&status("EXPIRED", "approved"), &status("EXPIRED", "rejected")]).await;
}

#[tokio::test]
async fn another_branchs_order_and_another_tenants_are_not_found() {
    let (service, _) = start().await;
    assert!(post_by(&service, MAKER, "", &large("ORD-1")).await.is_ok());
    let none = post_by(&service, CHECKER, "/approve", &named("ORD-9")).await;
    assert_eq!((none.status, none.code()), (404, "ORD004"));
    let elsewhere = json!({ "orderId": "ORD-1", "branchId": "77" });
    assert_eq!(post_by(&service, CHECKER, "/approve", &elsewhere).await.body, none.body);
    let mut reject = rejection("ORD-1");
    reject["branchId"] = "77".into();
    assert_eq!(post_by(&service, CHECKER, "/reject", &reject).await.body, none.body);
    for route in ["/card-order/approve", "/card-order/reject"] {
        let body = if route.ends_with("approve") { named("ORD-1") } else { rejection("ORD-1") };
        let theirs = service.post_with(route, &[("tenant", "GLOBEX"), ("x-user", CHECKER)], &body).await;
        assert_eq!(theirs.body, none.body);
    }
    assert_eq!(approval(&service, "ORD-1").await["state"], "REQUIRED");
}

#[tokio::test]
async fn every_fault_of_a_review_is_named_at_once() {
    let (service, _) = start().await;
    let approve = post_by(&service, CHECKER, "/approve", &json!({ "orderId": "-", "reason": "x" })).await;
    assert_eq!(
        approve.faults(),
        [
            "orderId must be a string of 1 to 64 letters, digits, '_' or '-' that starts with a letter or digit",
            "branchId is required",
            "reason is not a known field",
        ]
    );
    assert_eq!(
        post_by(&service, CHECKER, "/reject", &json!({})).await.faults(),
        ["orderId is required", "branchId is required", "reason is required"]
    );
    let long = "x".repeat(201);
    for (reason, fault) in [
        (json!(" "), "reason must be a string of 1 to 200 printable characters"),
        (json!(long), "reason must be a string of 1 to 200 printable characters"),
        (json!(7), "reason must be a string of 1 to 200 printable characters"),
        (json!("card 4111 1111 1111 1111"), "reason must not contain a card number"),
    ] {
        let mut body = rejection("ORD-1");
        body["reason"] = reason;
        assert_eq!(post_by(&service, CHECKER, "/reject", &body).await.faults(), [fault]);
    }
}

#[tokio::test]
async fn a_dry_run_reviews_nothing() {
    let (service, _) = start().await;
    assert!(post_by(&service, MAKER, "", &large("ORD-1")).await.is_ok());
    for (user, route, body, want) in [
        (CHECKER, "/approve", named("ORD-1"), 200),
        (CHECKER, "/reject", rejection("ORD-1"), 200),
        (MAKER, "/approve", named("ORD-1"), 403),
        (MAKER, "/reject", rejection("ORD-1"), 403),
        (CHECKER, "/reject", rejection("ORD-9"), 404),
    ] {
        let headers = [("tenant", "ACME_BANK"), ("x-user", user), ("dry-run", "true")];
        let answer = service.post_with(&format!("/card-order{route}"), &headers, &body).await;
        assert_eq!(answer.status, want, "{user} {route}: {}", answer.text);
    }
    assert_eq!(approval(&service, "ORD-1").await["state"], "REQUIRED");
    assert_eq!(service.status("ORD-1").await, "RECEIVED");
}

#[tokio::test]
async fn an_order_is_late_only_from_its_approval_on() {
    let (service, clock) = start().await;
    let app = app_for("accept", &service, &clock, 10);
    let oldest = async || worker(&app).sweep_due().await.unwrap().oldest_received_seconds;
    let mut unapproved = large("NEVER");
    unapproved["validity"] = 1.into();
    for body in [unapproved, large("LARGE")] {
        assert!(post_by(&service, MAKER, "", &body).await.is_ok());
    }
    clock.advance(SignedDuration::from_hours(12));
    assert_eq!(oldest().await, 0);
    assert!(post_by(&service, CHECKER, "/approve", &named("LARGE")).await.is_ok());
    clock.advance(SignedDuration::from_secs(10));
    let attention = service.post("/card-order/attention", &json!({})).await;
    assert_eq!(attention.body["result"][2]["count"], 0, "{}", attention.text);
    assert_eq!(oldest().await, 10);
    clock.advance(SignedDuration::from_hours(12));
    assert_eq!(oldest().await, 0, "an order that expires without approval is not late");
    assert_eq!(service.status("NEVER").await, "EXPIRED");
}

#[tokio::test]
async fn an_order_that_nobody_approved_expires_unsent() {
    let (service, clock) = start().await;
    assert!(post_by(&service, MAKER, "", &large("ORD-1")).await.is_ok());
    clock.advance(SignedDuration::from_hours(24 * 30));
    assert!(crate::work_due::turn(&service.stack.handlers, &[crate::work_due::ACME]).await.is_empty());
    let history = service.fetch_history("ORD-1").await;
    assert_eq!(history.body["result"][1]["to"], "EXPIRED");
    assert_eq!(ledger(&service, "ORD-1").0, 0);
}

#[tokio::test]
async fn a_reason_holds_no_card_number_of_the_orders_own_bin() {
    let service = Service::start().await;
    let reasons = [("card 8765432200000001", true), ("card 4111111111111111", true), ("87654322 is not ours", false)];
    for (n, (reason, is_refused)) in reasons.into_iter().enumerate() {
        let id = format!("ORD-{n}");
        assert!(service.create(order(&id)).await.is_ok());
        let body = json!({ "orderId": id, "branchId": "12345", "reason": reason });
        let answer = service.post_with("/card-order/reject", &[("tenant", "ACME_BANK"), ("x-user", "c")], &body).await;
        assert_eq!(
            answer.faults() == ["reason must not contain a card number"],
            is_refused,
            "{reason}: {}",
            answer.text
        );
        assert_eq!(answer.code(), if is_refused { "ORD001" } else { "ORD008" }, "{reason}");
    }
}
