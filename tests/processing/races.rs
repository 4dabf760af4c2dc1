//! Races: cancelling against sending, reviews against all of it, workers against workers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::StreamExt;
use jiff::SignedDuration;
use serde_json::json;
use shared::domain::{OrderId, Status};

use super::{acme, ledger, worker};
use crate::support::wire::Wire;
use crate::support::{Service, cancel, order};

/// Whether an order is cancelled or sent is decided once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_was_never_placed_and_what_succeeded_was_placed_once() {
    const ORDERS: usize = 300;
    const AT_ONCE: usize = 24;
    let (service, clock) = Service::start_with_clock().await;
    let service = Arc::new(service);
    for n in 0..ORDERS {
        assert!(service.create(order(&format!("ORD-{n}"))).await.is_ok());
    }
    let calls = (0..ORDERS).flat_map(|n| {
        let id = format!("ORD-{n}");
        let query = json!({ "cardOrderId": id });
        [("process", query.clone()), ("cancel", cancel(&id)), ("process", query)]
    });
    let calls = calls.map(|(route, body)| {
        let service = Arc::clone(&service);
        tokio::spawn(async move { service.post(&format!("/card-order/{route}"), &body).await.status })
    });
    // Enough at once for all three calls for an order to meet, but not so many that a busy machine answers none in time.
    let mut statuses = futures_util::stream::iter(calls).buffered(AT_ONCE);
    while let Some(status) = statuses.next().await {
        let status = status.unwrap();
        assert!(matches!(status, 200 | 400 | 409), "a race is no fault of ours: {status}");
    }
    clock.advance(super::A_WHILE);
    assert!(service.post("/card-order/sync-pending-status", &json!({})).await.is_ok());
    let mut ends = [0, 0];
    for n in 0..ORDERS {
        let id = format!("ORD-{n}");
        let (placements, cards, _) = ledger(&service, &id);
        match service.status(&id).await.as_str().unwrap() {
            "CANCELLED" => {
                ends[0] += 1;
                assert_eq!(placements, 0, "{id} was cancelled");
            }
            "SUCCESS" => {
                ends[1] += 1;
                assert_eq!((placements, cards), (1, 5), "{id} succeeded");
            }
            other => panic!("{id} is {other}"),
        }
    }
    assert_eq!(ends.iter().sum::<usize>(), ORDERS);
    assert!(ends.iter().all(|end| *end > 0), "both sides won some: {ends:?}");
}

/// Who reviews, cancels, sends and expires the same orders at once. The clock of the one who expires them is far ahead.
#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_want_an_order_that_requires_approval_only_those_win_who_may() {
    const ORDERS: usize = 300;
    const AT_ONCE: usize = 24;
    let (service, _) = Service::start_with_clock().await;
    service.approval_above(0).await;
    let service = Arc::new(service);
    let late = Arc::new(Wire::counting().app_at(&service.stack, SignedDuration::from_hours(24 * 31)));
    for n in 0..ORDERS {
        let headers = [("tenant", "ACME_BANK"), ("x-user", "maker")];
        assert!(service.post_with("/card-order", &headers, &order(&format!("ORD-{n}"))).await.is_ok());
    }
    // Of every third order the others come later, so that all of them win some.
    let calls = (0..ORDERS).flat_map(|n| {
        let others = ["reject", "cancel", "expire", "process"].map(|call| (n + 20 * usize::from(n % 3 == 0), n, call));
        [(n, n, "approve")].into_iter().chain(others)
    });
    let mut calls: Vec<_> = calls.collect();
    calls.sort_by_key(|(turn, ..)| *turn);
    let calls = calls.into_iter().map(|(_, n, call)| {
        let (service, late) = (Arc::clone(&service), Arc::clone(&late));
        tokio::spawn(async move {
            let id = format!("ORD-{n}");
            if call == "expire" {
                let order = late.store.work_order(&acme(), &OrderId::parse(&id).unwrap()).await.unwrap().unwrap();
                worker(&late).advance(&order).await.unwrap();
                return (n, call, 200);
            }
            let process = json!({ "cardOrderId": id });
            let body = match call {
                "process" => process.clone(),
                "reject" => json!({ "orderId": id, "branchId": "12345", "reason": "no" }),
                _ => cancel(&id),
            };
            let headers = [("tenant", "ACME_BANK"), ("x-user", call)];
            let status = service.post_with(&format!("/card-order/{call}"), &headers, &body).await.status;
            if call == "approve" && status == 200 {
                let sent = service.post("/card-order/process", &process).await.status;
                assert!(matches!(sent, 200 | 409), "{id}: {sent}");
            }
            (n, call, status)
        })
    });
    let mut calls = futures_util::stream::iter(calls).buffered(AT_ONCE);
    let mut won = HashSet::new();
    while let Some(done) = calls.next().await {
        let (n, call, status) = done.unwrap();
        assert!(matches!(status, 200 | 400 | 409), "a race is no fault of ours: {call}: {status}");
        if status == 200 {
            won.insert((n, call));
        }
    }
    let mut ends = HashMap::<(String, bool), usize>::new();
    for n in 0..ORDERS {
        let id = format!("ORD-{n}");
        let history = service.fetch_history(&id).await.body["result"].as_array().unwrap().clone();
        let has = |to: &str, by: &str| history.iter().any(|change| change["to"] == to && change["by"] == by);
        let was_sent = history.iter().any(|change| change["to"] == "PENDING");
        let was_approved = history.iter().any(|change| change["note"] == "approved");
        assert_eq!(was_approved, won.contains(&(n, "approve")), "{id}: {history:?}");
        assert_eq!(has("CANCELLED", "reject"), won.contains(&(n, "reject")), "{id}: {history:?}");
        assert_eq!(has("CANCELLED", "cancel"), won.contains(&(n, "cancel")), "{id}: {history:?}");
        assert!(was_approved || !was_sent, "{id} was sent without approval: {history:?}");
        assert!(!(was_approved && has("CANCELLED", "reject")), "{id}: {history:?}");
        assert_eq!(ledger(&service, &id).0, u32::from(was_sent), "{id}");
        let end = service.status(&id).await.as_str().unwrap().to_owned();
        assert_eq!(was_sent, matches!(end.as_str(), "PENDING" | "SUCCESS"), "{id} is {end}");
        *ends.entry((end, was_approved)).or_default() += 1;
    }
    for end in ["CANCELLED", "EXPIRED"] {
        assert!(ends.contains_key(&(end.to_owned(), false)), "{ends:?}");
    }
    assert!(ends.keys().any(|(_, was_approved)| *was_approved), "{ends:?}");
}

/// Eight workers sweep the same orders.
#[tokio::test(flavor = "multi_thread")]
async fn workers_at_once_hand_every_order_over_once() {
    const ORDERS: usize = 40;
    let (service, _) = Service::start_with_clock().await;
    for n in 0..ORDERS {
        assert!(service.create(order(&format!("ORD-{n}"))).await.is_ok());
    }
    let app = &service.stack.handlers;
    let mut workers = Vec::new();
    for _ in 0..8 {
        let app = Arc::clone(app);
        workers.push(tokio::spawn(async move {
            super::worker(&app).sweep_due().await.unwrap();
        }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
    for n in 0..ORDERS {
        let id = format!("ORD-{n}");
        let order = app.store.work_order(&super::acme(), &id.clone().try_into().unwrap()).await.unwrap().unwrap();
        assert_eq!(order.state.attempts, 1, "{id} was taken once");
        assert!(matches!(order.state.status, Status::Pending | Status::Success), "{id}");
        assert_eq!(ledger(&service, &id).0, 1, "{id}");
    }
}
