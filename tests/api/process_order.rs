//! `POST /card-order/process`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::processing::scripted;
use crate::support::{Service, order, order_with_file, pgk};

const ROUTE: &str = "/card-order/process";

#[tokio::test]
async fn the_named_order_is_handed_over_once() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let query = json!({ "cardOrderId": "ORD-1" });
    let answer = service.post(ROUTE, &query).await;
    assert_eq!((answer.status, &answer.body["result"]), (200, &json!(true)));
    assert_eq!(service.status("ORD-1").await, "PENDING");
    let again = service.post(ROUTE, &query).await;
    assert_eq!((again.status, again.code()), (409, "ORD008"));
    assert_eq!(again.faults(), ["Order status is PENDING and cannot be processed"]);
    let cancelled = service.cancel("ORD-1").await;
    assert_eq!(
        (cancelled.code(), cancelled.faults()),
        ("ORD003", vec!["Order status is PENDING and cannot be cancelled"])
    );
}

#[tokio::test]
async fn without_a_name_the_order_that_is_due_longest_is_handed_over() {
    let (service, clock) = Service::start_with_clock().await;
    for id in ["ORD-2", "ORD-1"] {
        assert!(service.create(order(id)).await.is_ok());
        clock.advance(SignedDuration::from_secs(1));
    }
    for (empty, statuses) in [(b"".as_slice(), ["PENDING", "RECEIVED"]), (b"{}", ["PENDING", "PENDING"])] {
        let headers: &[(&str, &[u8])] = &[("tenant", b"ACME_BANK")];
        let answer = service.send("POST", "/v1/card-order/process", headers, empty.to_vec()).await;
        assert_eq!((answer.status, &answer.body["result"]), (200, &json!(true)));
        assert_eq!([service.status("ORD-2").await, service.status("ORD-1").await], statuses);
    }
    assert_eq!(service.post(ROUTE, &json!({})).await.body["result"], json!(false));
}

#[tokio::test]
async fn an_order_waits_for_its_schedule() {
    let (service, clock) = Service::start_with_clock().await;
    let mut body = order("ORD-1");
    body["processStartTime"] = "2026-01-15 12:00:00".into();
    assert!(service.create(&body).await.is_ok());
    assert_eq!(service.post(ROUTE, &json!({})).await.body["result"], json!(false));
    let named = service.process("ORD-1").await;
    assert_eq!((named.status, named.code()), (409, "ORD008"));
    assert_eq!(named.faults(), ["Order starts at 2026-01-15 12:00:00"]);
    clock.advance(SignedDuration::from_hours(2));
    assert_eq!(service.post(ROUTE, &json!({})).await.body["result"], json!(true));
    assert_eq!(service.status("ORD-1").await, "PENDING");
}

#[tokio::test]
async fn an_order_that_has_ended_or_is_not_there_is_not_handed_over() {
    let (service, clock) = Service::start_with_clock().await;
    for id in ["CANCELLED", "EXPIRED"] {
        assert!(service.create(order(id)).await.is_ok());
    }
    assert!(service.cancel("CANCELLED").await.is_ok());
    clock.advance(SignedDuration::from_hours(24 * 31));
    for status in ["CANCELLED", "EXPIRED"] {
        let answer = service.process(status).await;
        assert_eq!((answer.status, answer.code()), (409, "ORD008"));
        assert_eq!(answer.faults(), [format!("Order status is {status} and cannot be processed")]);
    }
    let none = service.process("NOPE").await;
    assert_eq!((none.status, none.code()), (404, "ORD004"));
    let theirs = service.post_as("GLOBEX", ROUTE, &json!({ "cardOrderId": "CANCELLED" })).await;
    assert_eq!(theirs.body, none.body);
    assert!(service.stack.simulator.ledger().unwrap().is_empty());
}

#[tokio::test]
async fn the_caller_is_told_that_the_system_does_not_answer_and_the_order_is_safe() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("ORD-1", "drop-before")).await.is_ok());
    let answer = service.process("ORD-1").await;
    assert_eq!((answer.status, answer.code()), (502, "ORD009"));
    assert_eq!(answer.body["exception"]["httpStatus"], "BAD_GATEWAY");
    assert_eq!(service.status("ORD-1").await, "PENDING");
    clock.advance(SignedDuration::from_mins(16));
    assert_eq!(service.process("ORD-1").await.body["result"], json!(true));
    assert_eq!(service.stack.simulator.ledger().unwrap()[0].placements, 1);
}

#[tokio::test]
async fn an_order_with_a_file_goes_with_its_file() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
    assert_eq!(service.process("ORD-1").await.body["result"], json!(true));
    assert!(service.sync("ORD-1").await.is_ok());
    assert_eq!(service.status("ORD-1").await, "SUCCESS");
    // The kits are used up.
    let second = service.create_with_file(order_with_file("ORD-2", "kits.txt")).await;
    assert_eq!(second.code(), "ORD006");
}

#[tokio::test]
async fn a_file_is_free_again_when_nothing_was_produced_of_its_kits_and_only_then() {
    let (service, clock) = Service::start_with_clock().await;
    let ends = [("reject", true), ("void-only", true), ("accept-then-fail", false), ("accept", false)];
    for (index, (script, is_free)) in ends.into_iter().enumerate() {
        let file = format!("{script}.txt");
        let kits = crate::support::kits_marked(&format!("K{index}Z"));
        assert!(service.upload(&file, &kits).await.is_ok());
        let mut body = order_with_file(script, &file);
        body["metaValues"] = json!({ "simulate": script });
        assert!(service.create_with_file(&body).await.is_ok());
        let app = crate::processing::app_for(script, &service, &clock, 1);
        crate::processing::live(&app, &clock, script).await;
        let again = service.create_with_file(order_with_file(&format!("{script}-again"), &file)).await;
        assert_eq!(again.status, if is_free { 200 } else { 400 }, "{script}: {}", again.text);
    }
}

#[tokio::test]
async fn every_operation_on_orders_refuses_what_it_does_not_take() {
    let service = Service::start().await;
    let routes = [
        "/card-order/process",
        "/card-order/status",
        "/card-order/sync-pending-status",
        "/card-order/retry-stuck-pending",
    ];
    for (index, route) in routes.into_iter().enumerate() {
        let takes_an_id = index < 2;
        let dry = service.post_with(route, &[("tenant", "ACME_BANK"), ("dry-run", "true")], &json!({})).await;
        assert_eq!(dry.faults(), ["header dry-run must not be true for this operation"], "{route}");
        for (body, faults) in [
            (json!([]), vec!["body must be a JSON object"]),
            (json!({ "orderId": "ORD-1" }), vec!["orderId is not a known field"]),
            (
                json!({ "cardOrderId": "4111 1111 1111 1111" }),
                vec![if takes_an_id {
                    "cardOrderId must not contain a card number"
                } else {
                    "cardOrderId is not a known field"
                }],
            ),
        ] {
            let answer = service.post(route, &body).await;
            assert_eq!((answer.status, answer.code(), answer.faults()), (400, "ORD001", faults), "{route}");
        }
        let headers: &[(&str, &[u8])] = &[("tenant", b"ACME_BANK"), ("content-type", b"text/plain")];
        assert_eq!(service.send("POST", &format!("/v1{route}"), headers, b"{}".to_vec()).await.status, 415, "{route}");
        assert_eq!(service.post_as("NOBODY", route, &json!({})).await.code(), "tenant.not.found", "{route}");
        assert_eq!(service.post_with(route, &[], &Value::Null).await.code(), "tenant.header.missing", "{route}");
    }
}
