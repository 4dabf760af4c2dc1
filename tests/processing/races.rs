//! Races: cancelling against sending, workers against workers.

use std::sync::Arc;

use futures_util::StreamExt;
use serde_json::json;
use shared::domain::Status;

use super::ledger;
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
