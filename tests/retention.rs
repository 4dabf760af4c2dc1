//! How long things are kept: all items of an order get the same end, and what says which kits were sold gets none.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::Value;
use shared::domain::OrderId;
use shared::store::Retention;

use crate::processing::{acme, app_over, live, scripted, worker};
use crate::support::wire::Wire;
use crate::support::{Options, Service, TestClock, now, options, order, order_with_file, pgk, read};
use crate::work_due::{ACME, turn};

const DAYS: u32 = 365;

/// An order whose body is an item of its own.
fn large(id: &str, script: &str) -> Value {
    let mut body = scripted(id, script);
    for n in 0..20 {
        let key = format!("k{n}");
        if n > 0 {
            body["metaValues"][key] = "x".repeat(256).into();
        }
    }
    body
}

async fn start(retention: Retention) -> (Service, TestClock) {
    let clock = TestClock::default();
    (Service::start_with(Options { clock: clock.as_clock(), retention, ..options() }).await, clock)
}

/// The instants at which items are removed, by their keys.
async fn removals(service: &Service) -> BTreeMap<String, Option<i64>> {
    let pages = service.dynamodb().scan().table_name(local::stack::TABLE).into_paginator().items().send();
    let items = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let key = |value: Option<&AttributeValue>| value.unwrap().as_s().unwrap().clone();
    let removal = |value: &AttributeValue| value.as_n().unwrap().parse().unwrap();
    items
        .iter()
        .map(|item| (format!("{} {}", key(item.get("pk")), key(item.get("sk"))), item.get("ttl").map(removal)))
        .collect()
}

/// Sends an order again and again until it is voided; its history outgrows its item.
async fn exhaust(service: &Service, clock: &TestClock, id: &str, retention: Retention) {
    assert!(service.create(large(id, "void-only")).await.is_ok());
    let id = OrderId::parse(id).unwrap();
    for _ in 0..21 {
        // Each with a breaker of its own, since one would open before.
        let app = app_over(&Wire::counting().keeping(retention), "void-only", service, clock, 20);
        let order = app.store.work_order(&acme(), &id).await.unwrap().unwrap();
        worker(&app).advance(&order).await.unwrap();
        clock.advance(SignedDuration::from_mins(16));
    }
}

/// Makes orders end in every way, at the same instant where it matters.
async fn every_end(service: &Service, clock: &TestClock, retention: Retention) {
    for body in [order("CANCELLED"), large("LARGE-CANCELLED", "accept")] {
        assert!(service.create(body).await.is_ok());
    }
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    assert!(service.create_with_file(order_with_file("FILE-CANCELLED", "kits.txt")).await.is_ok());
    for id in ["CANCELLED", "LARGE-CANCELLED", "FILE-CANCELLED"] {
        assert!(service.cancel(id).await.is_ok(), "{id}");
    }
    for body in [large("SUCCESS", "accept"), scripted("FAILED", "reject")] {
        assert!(service.create(body).await.is_ok());
    }
    let app = app_over(&Wire::counting().keeping(retention), "accept", service, clock, 20);
    live(&app, clock, "SUCCESS").await;
    live(&app, clock, "FAILED").await;
    exhaust(service, clock, "EXHAUSTED", retention).await;
    let mut late = large("EXPIRED", "accept");
    late["validity"] = 1.into();
    late["processStartTime"] = "2026-01-16 16:00:00".into();
    assert!(service.create(late).await.is_ok());
    assert!(service.create(order("OPEN")).await.is_ok());
    clock.advance(SignedDuration::from_hours(48));
    assert!(turn(&service.stack.handlers, &[ACME]).await.is_empty());
    assert_eq!(service.status("EXPIRED").await, "EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_items_of_an_order_that_ended_are_removed_together_and_nothing_else_is() {
    let retention = Retention::days(DAYS);
    let (service, clock) = start(retention).await;
    every_end(&service, &clock, retention).await;
    let removals = removals(&service).await;
    let days = |days: u32| SignedDuration::from_hours(24 * i64::from(days));
    for (order, items) in [
        ("CANCELLED", 1),
        ("LARGE-CANCELLED", 2),
        ("FILE-CANCELLED", 1),
        ("SUCCESS", 2),
        ("FAILED", 1),
        // 23 changes, of which 16 stay in the item.
        ("EXHAUSTED", 2 + 7),
        ("EXPIRED", 2),
    ] {
        let found: Vec<_> =
            removals.iter().filter(|(key, _)| key.starts_with(&format!("T#ACME_BANK#O#{order} "))).collect();
        assert_eq!(found.len(), items, "{order}: {found:?}");
        let first = found[0].1.unwrap_or_else(|| panic!("{order} is kept for ever"));
        assert!(found.iter().all(|(_, at)| **at == Some(first)), "{order}: {found:?}");
        let (earliest, latest) = (now() + days(DAYS), now() + days(DAYS + 4));
        assert!((earliest.as_second()..latest.as_second()).contains(&first), "{order}: {first}");
    }
    for (kind, beginning) in [
        ("a file", "T#ACME_BANK#F#"),
        ("a kit block", "T#ACME_BANK#K#"),
        ("settings", "T#ACME_BANK#CFG"),
        ("an open order", "T#ACME_BANK#O#OPEN "),
    ] {
        let found: Vec<_> = removals.iter().filter(|(key, _)| key.starts_with(beginning)).collect();
        assert!(!found.is_empty() && found.iter().all(|(_, at)| at.is_none()), "{kind}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_retention_everything_is_kept() {
    let (service, clock) = start(Retention::days(0)).await;
    every_end(&service, &clock, Retention::days(0)).await;
    let removals = removals(&service).await;
    assert!(removals.len() > 20 && removals.values().all(Option::is_none), "{removals:?}");
}

#[test]
fn files_are_kept_two_years_longer_than_orders_and_logs_for_a_year_at_least() {
    let mut template: serde_yaml_ng::Value = serde_yaml_ng::from_str(&read("template.yaml")).unwrap();
    template.apply_merge().unwrap();
    let parameters = &template["Parameters"];
    assert!(parameters["LogRetentionDays"]["Default"].as_u64().unwrap() >= 365);
    let rules = template["Resources"]["Files"]["Properties"]["LifecycleConfiguration"]["Rules"].as_sequence().unwrap();
    let rule = rules.iter().find(|rule| rule["Id"] == "EndOfRetention").unwrap();
    let listed = rule["ExpirationInDays"].as_u64().unwrap();
    for days in parameters["RetentionDays"]["AllowedValues"].as_sequence().unwrap() {
        let days = days.as_u64().unwrap();
        let behind = template["Mappings"]["Retention"][days.to_string().as_str()]["Files"].as_u64().unwrap();
        assert_eq!(listed + behind, days + 731, "{days}");
    }
}
