//! `orders`.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Ran, run_with};
use crate::stored_items::advance;
use crate::support::{Service, TestClock, now, order};

/// Runs a command with the stack's clock, some time after its start.
async fn orders(service: &Service, arguments: &[&str]) -> Ran {
    let offset = format!("{}s", now().duration_since(Timestamp::now()).as_secs());
    let endpoint = format!("http://{}", service.stack.dynamodb);
    let all = [&["orders"][..], arguments, &["--endpoint", &endpoint]].concat();
    run_with(&all, &[("CLOCK_OFFSET", &offset)], "").await
}

/// The rows of a list.
async fn listed(service: &Service, arguments: &[&str]) -> Vec<Value> {
    let all = [&["list", "--tenant", "ACME_BANK", "--json"][..], arguments].concat();
    orders(service, &all).await.json().as_array().unwrap().clone()
}

/// The documents of an export.
fn documents(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(rows: &[Value], key: &str) -> Vec<String> {
    rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

const EXPORT: [&str; 7] = ["export", "--tenant", "ACME_BANK", "--from", "2026-01-15", "--to", "2026-01-15"];

/// Places an order per minute, by turns from two branches.
async fn with_orders(count: usize) -> (Service, TestClock) {
    let (service, clock) = Service::start_with_clock().await;
    for n in 0..count {
        let mut body = order(&format!("ORD-{n:02}"));
        body["branchInfo"]["branchId"] = (if n % 2 == 0 { "200" } else { "100" }).into();
        assert!(service.create(&body).await.is_ok());
        clock.advance(SignedDuration::from_mins(1));
    }
    (service, clock)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_order_whole_as_the_api_shows_it() {
    let (service, clock) = with_orders(5).await;
    let mut large = order("LARGE");
    large["metaValues"] = (0..20).map(|n| (format!("k{n}"), Value::from("x".repeat(256)))).collect();
    assert!(service.create(&large).await.is_ok());
    assert!(service.post_as("GLOBEX", "/card-order", &order("FOREIGN")).await.is_ok());
    assert!(service.cancel("LARGE").await.is_ok());
    clock.advance(SignedDuration::from_mins(1));
    // More changes than the order's item holds.
    advance(&service, &clock, "HISTORY", "void-only", 17).await;
    let offset = clock.as_clock().now().duration_since(Timestamp::now()).as_secs();
    let endpoint = format!("http://{}", service.stack.dynamodb);
    let all = [&["orders"][..], &EXPORT, &["--endpoint", &endpoint]].concat();
    let ran = run_with(&all, &[("CLOCK_OFFSET", &format!("{offset}s"))], "").await;
    let exported = documents(&ran);
    assert_eq!(ran.err, "7 orders of 3 branches\n");
    // Branch by branch: 100, 12345, 200.
    assert_eq!(ids(&exported, "orderId"), ["ORD-01", "ORD-03", "LARGE", "HISTORY", "ORD-00", "ORD-02", "ORD-04"]);
    for mut document in exported {
        let id = document["orderId"].as_str().unwrap().to_owned();
        let id = id.as_str();
        let mut want =
            service.post("/card-order/fetchOrder", &json!({ "cardOrderId": id })).await.body["result"].clone();
        want["history"] = service.fetch_history(id).await.body["result"].clone();
        // The instants in it depend on the second in which it was made.
        for order in [&mut want, &mut document] {
            assert!(order["explanation"].take().is_string(), "{id}");
        }
        assert_eq!(document, want, "{id}");
        assert!(id != "HISTORY" || want["history"].as_array().unwrap().len() > 16);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_of_days_in_the_tenants_zone_and_goes_on_from_a_token() {
    let (service, _) = with_orders(6).await;
    let all = documents(&orders(&service, &EXPORT).await);
    assert_eq!(ids(&all, "orderId"), ["ORD-01", "ORD-03", "ORD-05", "ORD-00", "ORD-02", "ORD-04"]);
    for (at, document) in all.iter().enumerate() {
        let created: Timestamp = document["receivedAt"].as_str().unwrap().parse().unwrap();
        let branch = document["branchInfo"]["branchId"].as_str().unwrap();
        let token =
            format!("ACME_BANK.{branch}.{}.{}", created.as_millisecond(), document["orderId"].as_str().unwrap());
        let rest = orders(&service, &[&EXPORT[..], &["--from-token", &token]].concat()).await;
        assert_eq!(documents(&rest), all[at + 1..], "{token}");
    }
    let between = |from: &'static str, to: &'static str| {
        let service = &service;
        async move {
            let ran = orders(service, &["export", "--tenant", "ACME_BANK", "--from", from, "--to", to]).await;
            ids(&documents(&ran), "orderId")
        }
    };
    assert_eq!(between("2026-01-15T10:01:00Z", "2026-01-15T10:02:00Z").await, ["ORD-01", "ORD-02"]);
    assert!(between("2026-01-14", "2026-01-14").await.is_empty());
    let endpoint = format!("http://{}", service.stack.dynamodb);
    // There it is the 16th.
    let zone = ["tenant", "set", "ACME_BANK", "--time-zone", "Pacific/Kiritimati", "--endpoint", &endpoint];
    assert_eq!(run_with(&zone, &[], "").await.code, 0);
    assert!(between("2026-01-15", "2026-01-15").await.is_empty());
    assert_eq!(between("2026-01-16", "2026-01-16").await.len(), 6);
    let none = orders(&service, &["export", "--tenant", "GLOBEX", "--from", "2026-01-15", "--to", "2026-01-15"]).await;
    assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (0, "", "0 orders of 0 branches\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_fails_says_where_it_can_go_on() {
    let (service, _) = with_orders(6).await;
    let broken = service.dynamodb().update_item().table_name(local::stack::TABLE);
    let broken = broken.key("pk", AttributeValue::S("T#ACME_BANK#O#ORD-00".to_owned()));
    let broken = broken.key("sk", AttributeValue::S("#".to_owned())).update_expression("REMOVE ln");
    broken.send().await.unwrap();
    let ran = orders(&service, &EXPORT).await;
    assert_eq!(ran.code, 1);
    let written: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(ids(&written, "orderId"), ["ORD-01", "ORD-03", "ORD-05"]);
    let place = now() + SignedDuration::from_mins(5);
    let token = format!("to go on: --from-token ACME_BANK.100.{}.ORD-05\n", place.as_millisecond());
    assert!(ran.err.starts_with(&token) && ran.err.contains("error: reading an order"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_that_of_the_api_page_by_page() {
    let (service, clock) = with_orders(7).await;
    assert!(service.post("/card-order/cancel", &json!({ "orderId": "ORD-03", "branchId": "100" })).await.is_ok());
    clock.advance(SignedDuration::from_mins(1));
    for (flags, query) in [
        (&["--status", "RECEIVED"][..], json!({ "status": "RECEIVED" })),
        (&["--branch", "100"], json!({ "branchId": "100" })),
        (&["--branch", "100", "--status", "CANCELLED"], json!({ "branchId": "100", "status": "CANCELLED" })),
    ] {
        let want = service.post("/card-order/list", &query).await.body["result"].as_array().unwrap().clone();
        assert!(!want.is_empty());
        assert_eq!(listed(&service, flags).await, want, "{flags:?}");
        assert_eq!(paged(&service, flags).await, want, "{flags:?}");
    }
    let all = listed(&service, &[]).await;
    assert_eq!(ids(&all, "cardOrderId"), ["ORD-01", "ORD-03", "ORD-05", "ORD-00", "ORD-02", "ORD-04", "ORD-06"]);
    assert_eq!(paged(&service, &[]).await, all);
    assert_eq!(ids(&listed(&service, &["--status", "CANCELLED"]).await, "cardOrderId"), ["ORD-03"]);
    assert_eq!(paged(&service, &["--status", "CANCELLED"]).await.len(), 1);
    let within = ["--branch", "100", "--from", "2026-01-15T10:02:00Z", "--to", "2026-01-15T10:04:00Z"];
    assert_eq!(ids(&listed(&service, &within).await, "cardOrderId"), ["ORD-03"]);
    let people = orders(&service, &["list", "--tenant", "ACME_BANK", "--branch", "200"]).await;
    assert!(people.out.starts_with("ORDER ") && people.out.lines().count() == 5, "{}", people.out);
}

/// The list in steps of two, by its tokens.
async fn paged(service: &Service, flags: &[&str]) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut token: Option<String> = None;
    let mut tokens = BTreeSet::new();
    loop {
        let mut all = vec!["list", "--tenant", "ACME_BANK", "--json", "--limit", "2"];
        all.extend(flags);
        all.extend(token.iter().flat_map(|token| ["--from-token", token]));
        let ran = orders(service, &all).await;
        rows.extend(ran.json().as_array().unwrap().clone());
        token = ran.err.split_once("--from-token ").map(|(_, token)| token.trim().to_owned());
        let Some(token) = &token else { return rows };
        assert!(tokens.insert(token.clone()), "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_listed_is_refused() {
    let (service, _) = with_orders(1).await;
    let unknown = orders(&service, &["list", "--tenant", "ACME"]).await;
    assert_eq!((unknown.code, unknown.err.as_str()), (3, "error: the tenant is not registered\n"));
    let token = "ACME_BANK.100.1768471200000.ORD-1";
    let foreign = "GLOBEX.100.1768471200000.ORD-1";
    let branchless = "ACME_BANK..1768471200000.ORD-1";
    for arguments in [
        &["list", "--tenant", "ACME_BANK", "--status", "DONE"][..],
        &["list", "--tenant", "ACME_BANK", "--limit", "0"],
        &["list", "--tenant", "ACME_BANK", "--from", "2026-01-16", "--to", "2026-01-15"],
        &["list", "--tenant", "ACME_BANK", "--from-token", "x"],
        &["list", "--tenant", "ACME_BANK", "--from-token", branchless],
        &["list", "--tenant", "ACME_BANK", "--branch", "100", "--from-token", token],
        &["list"],
        &["export", "--tenant", "ACME_BANK", "--from", "2026-01-15"],
        &["export", "--tenant", "ACME_BANK", "--from", "2026-01-15", "--to", "2026-02-30"],
        &["export", "--tenant", "ACME_BANK", "--from", "2026-01-15", "--to", "2026-01-15", "--from-token", foreign],
    ] {
        let ran = orders(&service, arguments).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
    }
}
