//! `POST /card-order/attention`.

use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::api::Function;
use shared::domain::OrderId;

use crate::processing::{acme, app_for, scripted, worker};
use crate::support::wire::cost_of_route;
use crate::support::{Service, TestClock, kits_marked, now, order};

const ROUTE: &str = "/card-order/attention";
const KINDS: [&str; 6] = ["ON_HOLD", "STUCK", "LATE", "FAILED", "INVALID_FILE", "AWAITING_APPROVAL"];

async fn groups(service: &Service, body: &Value) -> Vec<Value> {
    let answer = service.post(ROUTE, body).await;
    assert_eq!((answer.status, &answer.body["pagination"]), (200, &Value::Null), "{}", answer.text);
    answer.body["result"].as_array().unwrap().clone()
}

/// The kind of each group, with the order ids or file names of its rows.
fn shown(groups: &[Value]) -> Vec<(&str, Vec<&str>)> {
    let mut shown = Vec::new();
    for (group, kind) in groups.iter().zip(KINDS) {
        assert_eq!(group["kind"], kind);
        let name = if kind == "INVALID_FILE" { "fileName" } else { "cardOrderId" };
        shown.push((kind, group["rows"].as_array().unwrap().iter().map(|row| row[name].as_str().unwrap()).collect()));
    }
    shown
}

/// Places an order and takes so many steps on it, 16 minutes apart, by workers of the script.
async fn advance(service: &Service, clock: &TestClock, id: &str, script: &str, steps: u32) {
    assert!(service.create(scripted(id, script)).await.is_ok());
    let id = OrderId::parse(id).unwrap();
    for step in 0..steps {
        if step > 0 {
            clock.advance(SignedDuration::from_mins(16));
        }
        // Each with a breaker of its own, since one would open before.
        let app = app_for(script, service, clock, 20);
        let order = app.store.work_order(&acme(), &id).await.unwrap().unwrap();
        worker(&app).advance(&order).await.unwrap();
    }
    clock.advance(SignedDuration::from_mins(1));
}

fn of_kits(id: &str, quantity: u32) -> Value {
    let mut body = order(id);
    body["products"][0]["quantity"] = quantity.into();
    body
}

/// Something of every kind, and what only looks like it.
async fn with_everything() -> (Service, TestClock) {
    let (service, clock) = Service::start_with_clock().await;
    service.approval_above(100).await;
    advance(&service, &clock, "FAILED-LONG-AGO", "reject", 1).await;
    let mut expired = of_kits("BIG-AND-EXPIRED", 101);
    expired["validity"] = 1.into();
    assert!(service.create(&expired).await.is_ok());
    clock.advance(SignedDuration::from_hours(24 * 8));
    advance(&service, &clock, "HELD", "never-answer", 24).await;
    advance(&service, &clock, "FAILED-1", "reject", 1).await;
    advance(&service, &clock, "FAILED-2", "reject", 1).await;
    for name in ["first.txt", "second.txt"] {
        service.upload(name, &kits_marked("K1X")).await;
    }
    advance(&service, &clock, "SENT-OFTEN", "never-answer", 3).await;
    // Acknowledged, and never asked for.
    advance(&service, &clock, "FORGOTTEN", "accept", 1).await;
    advance(&service, &clock, "SENT-LONG-AGO", "never-answer", 1).await;
    clock.advance(SignedDuration::from_mins(15));
    for id in ["LATE-1", "LATE-2", "PICKED-UP"] {
        assert!(service.create(order(id)).await.is_ok());
        clock.advance(SignedDuration::from_secs(1));
    }
    for id in ["BIG-1", "BIG-2", "BIG-AND-CANCELLED"] {
        assert!(service.create(of_kits(id, 101)).await.is_ok());
        clock.advance(SignedDuration::from_secs(1));
    }
    assert!(service.cancel("BIG-AND-CANCELLED").await.is_ok());
    let mut later = order("SCHEDULED");
    later["processStartTime"] = "2026-02-01 10:00:00".into();
    assert!(service.create(&later).await.is_ok());
    clock.advance(SignedDuration::from_mins(6));
    assert!(service.create(order("DUE")).await.is_ok());
    assert!(service.process("PICKED-UP").await.is_ok());
    (service, clock)
}

#[tokio::test]
async fn without_anything_to_look_at_all_six_groups_are_there_and_empty() {
    let service = Service::start().await;
    let empty = KINDS.map(|kind| json!({ "kind": kind, "count": 0, "more": false, "rows": [] }));
    assert_eq!(groups(&service, &json!({})).await, empty);
    let headers: &[(&str, &[u8])] = &[("tenant", b"ACME_BANK")];
    let none = service.send("POST", &format!("/v1{ROUTE}"), headers, Vec::new()).await;
    assert_eq!(none.body["result"], json!(empty));
    for limit in [json!(0), json!(51), json!("5")] {
        let answer = service.post(ROUTE, &json!({ "limit": limit })).await;
        assert_eq!((answer.code(), answer.faults()), ("ORD001", vec!["limit must be an integer from 1 to 50"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_group_has_what_belongs_to_it_and_says_why() {
    let (service, _) = with_everything().await;
    let all = groups(&service, &json!({ "limit": 50 })).await;
    let want = [
        vec!["HELD"],
        vec!["SENT-OFTEN", "FORGOTTEN", "SENT-LONG-AGO"],
        vec!["LATE-1", "LATE-2"],
        vec!["FAILED-2", "FAILED-1"],
        vec!["second.txt"],
        vec!["BIG-1", "BIG-2"],
    ];
    let want: Vec<_> = KINDS.into_iter().zip(want).collect();
    assert_eq!(shown(&all), want);
    for (group, (_, want)) in all.iter().zip(&want) {
        assert_eq!((&group["count"], &group["more"]), (&json!(want.len()), &json!(false)), "{group}");
    }
    let held = &all[0]["rows"][0];
    assert_eq!((&held["status"], &held["onHold"]), (&json!("PENDING"), &json!(true)));
    assert!(held["explanation"].as_str().unwrap().starts_with("It has been on hold since 2026-01-2"), "{held}");
    assert_eq!(all[5]["rows"][0]["approval"], "REQUIRED");
    let file = &all[4]["rows"][0];
    assert_eq!(file["firstFault"], "line 2: kitNo: must be unique among the tenant's kits");
    assert_eq!((&file["status"], &file["details"], &file["cardOrderId"]), (&json!("INVALID"), &json!(3), &Value::Null));
    // Until its first poll, an order that was sent counts as late unless it is read.
    assert!(service.sync("PICKED-UP").await.is_ok());
    let first = groups(&service, &json!({ "limit": 1 })).await;
    for ((group, (_, rows)), (_, want)) in first.iter().zip(shown(&first)).zip(&want) {
        assert_eq!((&group["count"], rows.as_slice()), (&json!(want.len()), &want[..1]), "{group}");
    }
    let theirs = service.post_as("GLOBEX", ROUTE, &json!({})).await;
    assert!(theirs.body["result"].as_array().unwrap().iter().all(|group| group["count"] == 0), "{}", theirs.text);
}

#[tokio::test]
async fn more_than_a_hundred_are_not_counted() {
    let (service, clock) = Service::start_with_clock().await;
    for n in 0..102 {
        assert!(service.create(order(&format!("ORD-{n:03}"))).await.is_ok());
    }
    clock.advance(SignedDuration::from_mins(6));
    let late = &groups(&service, &json!({})).await[2];
    assert_eq!((&late["count"], &late["more"]), (&json!(100), &json!(true)));
    assert_eq!(late["rows"].as_array().unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_orders_are_scheduled_it_costs_forty_read_units_and_the_rows_that_it_shows() {
    let (service, clock) = with_everything().await;
    for n in 0..500 {
        let mut later = order(&format!("SCHEDULED-{n}"));
        later["processStartTime"] = "2026-02-01 10:00:00".into();
        assert!(service.create(&later).await.is_ok());
    }
    let after = clock.as_clock().now().duration_since(now());
    let seen = cost_of_route(&service, after, Function::ListOrders, Some(ROUTE), &json!({})).await;
    let units = |operation: &str| -> f64 {
        seen.iter().filter(|seen| seen.operation == operation).map(|seen| seen.units).sum()
    };
    assert!(units("Query") <= 40.0, "{} units: {seen:?}", units("Query"));
    // Eleven rows, and two that were out of date: orders that were sent look late until their first poll.
    assert!(units("GetItem") <= 13.0, "{} units: {seen:?}", units("GetItem"));
}
