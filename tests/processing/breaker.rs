//! A card management system that is down, or turns us away: no order is handed to it, and none is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use shared::cms::{Cms, Outcome, Trouble};
use shared::domain::{CmsKey, CmsOrder, CmsProgress, Fact, Status};
use shared::processing::Swept;

use super::{A_WHILE, worker};
use crate::support::wire::Wire;
use crate::support::{Service, cancel, order};

/// Answers as it is told, and counts.
#[derive(Debug)]
struct Moody {
    is_down: std::sync::Mutex<Option<Outcome>>,
    placed: AtomicU32,
    asked: AtomicU32,
}

impl Moody {
    fn outcome(&self, otherwise: Outcome) -> Outcome {
        self.is_down.lock().unwrap().clone().unwrap_or(otherwise)
    }
}

impl Cms for Moody {
    fn place<'a>(&'a self, _: &'a CmsOrder) -> BoxFuture<'a, Outcome> {
        self.placed.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(self.outcome(Outcome::Fact(Fact::whole(CmsProgress::Success)))))
    }

    fn status<'a>(&'a self, _: &'a CmsKey) -> BoxFuture<'a, Outcome> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(self.outcome(Outcome::NotKnown)))
    }

    fn void<'a>(&'a self, _: &'a CmsKey) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(self.outcome(Outcome::NoVoid)))
    }
}

/// Sweeps fifty orders against a system in trouble; how many were handed over before the breaker opened.
async fn in_trouble(trouble: Outcome) -> (u32, Swept) {
    let (service, hands) = Service::start_with_hands().await;
    let cms =
        Arc::new(Moody { is_down: Some(trouble).into(), placed: AtomicU32::default(), asked: AtomicU32::default() });
    let app = Wire::counting().app_with(&service.stack, hands.clock(), cms.clone(), 10);
    for n in 0..50 {
        assert_eq!(service.post("/card-order", &order(&format!("ORD-{n}"))).await.status, 200);
    }
    let swept = worker(&app).sweep_due().await.unwrap();
    let placed = cms.placed.load(Ordering::Relaxed);
    assert_eq!((swept.unanswered, swept.refused), (placed, 50 - placed));

    // What was not handed over is RECEIVED, and can be cancelled.
    let mut received = Vec::new();
    for n in 0..50 {
        let id = format!("ORD-{n}");
        if service.status(&id).await == "RECEIVED" {
            received.push(id);
        }
    }
    assert_eq!(received.len(), 50 - usize::try_from(placed).unwrap());
    assert_eq!(service.post("/card-order/cancel", &cancel(&received[0])).await.status, 200);

    // Still down: a probe is made, which hands no order over.
    hands.forward(SignedDuration::from_secs(6));
    worker(&app).sweep_due().await.unwrap();
    assert_eq!((cms.placed.load(Ordering::Relaxed), cms.asked.load(Ordering::Relaxed)), (placed, 1));

    // Up again: everything goes through.
    *cms.is_down.lock().unwrap() = None;
    hands.forward(A_WHILE);
    let swept = worker(&app).sweep_due().await.unwrap();
    for n in 0..50 {
        let id = format!("ORD-{n}");
        let want = if id == received[0] { Status::Cancelled } else { Status::Success };
        assert_eq!(service.status(&id).await, want.as_str(), "{id}");
    }
    (placed, swept)
}

#[tokio::test]
async fn a_system_that_does_not_answer_gets_no_more_orders_until_a_probe_is_answered() {
    let (placed, _) = in_trouble(Outcome::Unknown(Trouble::Timeout)).await;
    // Ten failures in a row open it, with what was under way by then.
    assert!((10..=18).contains(&placed), "{placed}");
}

#[tokio::test]
async fn a_system_that_turns_us_away_gets_none_at_once() {
    let (placed, _) = in_trouble(Outcome::Misconfigured(Trouble::Status(401))).await;
    assert!(placed <= 8, "{placed}");
}

#[tokio::test]
async fn orders_that_are_not_answered_do_not_keep_the_breaker_open_for_the_others() {
    let (service, hands) = Service::start_for("never-answer").await;
    for n in 0..12 {
        let body = super::scripted(&format!("MUTE-{n:02}"), "never-answer");
        assert_eq!(service.post("/card-order", &body).await.status, 200);
    }
    hands.forward(SignedDuration::from_secs(1));
    assert_eq!(service.post("/card-order", &order("GOOD")).await.status, 200);
    let app = super::app_for("never-answer", &service, &hands, 10);
    let mut sweeps = 0;
    while service.status("GOOD").await != "SUCCESS" {
        worker(&app).sweep_due().await.unwrap();
        hands.forward(SignedDuration::from_mins(1));
        sweeps += 1;
        assert!(sweeps < 10, "the breaker stays open");
    }
}

#[tokio::test]
async fn being_turned_away_is_no_attempt() {
    let (service, hands) = Service::start_with_hands().await;
    let away = Outcome::Misconfigured(Trouble::Status(403));
    let cms = Arc::new(Moody { is_down: Some(away).into(), placed: AtomicU32::default(), asked: AtomicU32::default() });
    assert_eq!(service.post("/card-order", &order("ORD-1")).await.status, 200);
    for _ in 0..30 {
        // Each with a breaker of its own, so that each makes a call.
        let app = Wire::counting().app_with(&service.stack, hands.clock(), cms.clone(), 2);
        worker(&app).sweep_due().await.unwrap();
        hands.forward(A_WHILE);
    }
    assert_eq!((cms.placed.load(Ordering::Relaxed), service.status("ORD-1").await), (30, "PENDING".into()));
    *cms.is_down.lock().unwrap() = None;
    let app = Wire::counting().app_with(&service.stack, hands.clock(), cms, 2);
    worker(&app).sweep_due().await.unwrap();
    assert_eq!(service.status("ORD-1").await, "SUCCESS");
}
