//! A card management system (CMS) that is down or rejects our calls: no order is sent to it, and none is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use shared::cms::{Cms, CmsOutcome, Trouble};
use shared::domain::{CmsKey, CmsOrder, CmsProgress, Fact, Status};
use shared::processing::Swept;

use super::{A_WHILE, worker};
use crate::support::wire::Wire;
use crate::support::{Service, order};

/// Gives the same answer to every call, and counts the calls.
#[derive(Debug)]
struct FakeCms {
    is_down: std::sync::Mutex<Option<CmsOutcome>>,
    placed: AtomicU32,
    asked: AtomicU32,
}

impl FakeCms {
    fn outcome(&self, otherwise: CmsOutcome) -> CmsOutcome {
        self.is_down.lock().unwrap().clone().unwrap_or(otherwise)
    }
}

impl Cms for FakeCms {
    fn place<'a>(&'a self, _: &'a CmsOrder) -> BoxFuture<'a, CmsOutcome> {
        self.placed.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(self.outcome(CmsOutcome::Fact(Fact::whole(CmsProgress::Success)))))
    }

    fn status<'a>(&'a self, _: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(self.outcome(CmsOutcome::NotKnown)))
    }

    fn void<'a>(&'a self, _: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(std::future::ready(self.outcome(CmsOutcome::NoVoid)))
    }
}

/// Sweeps fifty orders while the CMS is in trouble. Returns how many were sent before the breaker opened.
async fn in_trouble(trouble: CmsOutcome) -> (u32, Swept) {
    let (service, clock) = Service::start_with_clock().await;
    let cms =
        Arc::new(FakeCms { is_down: Some(trouble).into(), placed: AtomicU32::default(), asked: AtomicU32::default() });
    let app = Wire::counting().app_with(&service.stack, clock.as_clock(), cms.clone(), 10);
    for n in 0..50 {
        assert!(service.create(order(&format!("ORD-{n}"))).await.is_ok());
    }
    let swept = worker(&app).sweep_due().await.unwrap();
    let placed = cms.placed.load(Ordering::Relaxed);
    assert_eq!((swept.unanswered, swept.refused), (placed, 50 - placed));

    // What was not sent is RECEIVED and can be cancelled.
    let mut received = Vec::new();
    for n in 0..50 {
        let id = format!("ORD-{n}");
        if service.status(&id).await == "RECEIVED" {
            received.push(id);
        }
    }
    assert_eq!(received.len(), 50 - usize::try_from(placed).unwrap());
    assert!(service.cancel(&received[0]).await.is_ok());

    // Still down: there is a probe, which sends no order.
    clock.advance(SignedDuration::from_secs(6));
    worker(&app).sweep_due().await.unwrap();
    assert_eq!((cms.placed.load(Ordering::Relaxed), cms.asked.load(Ordering::Relaxed)), (placed, 1));

    // Up again: everything goes through.
    *cms.is_down.lock().unwrap() = None;
    clock.advance(A_WHILE);
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
    let (placed, _) = in_trouble(CmsOutcome::Unknown(Trouble::Timeout)).await;
    // Ten failures in a row open it, with what was under way by then.
    assert!((10..=18).contains(&placed), "{placed}");
}

#[tokio::test]
async fn a_system_that_turns_us_away_gets_none_at_once() {
    let (placed, _) = in_trouble(CmsOutcome::Misconfigured(Trouble::Status(401))).await;
    assert!(placed <= 8, "{placed}");
}

#[tokio::test]
async fn orders_that_are_not_answered_do_not_keep_the_breaker_open_for_the_others() {
    let (service, clock) = Service::start_for("never-answer").await;
    for n in 0..12 {
        let body = super::scripted(&format!("MUTE-{n:02}"), "never-answer");
        assert!(service.create(&body).await.is_ok());
    }
    clock.advance(SignedDuration::from_secs(1));
    assert!(service.create(order("GOOD")).await.is_ok());
    let app = super::app_for("never-answer", &service, &clock, 10);
    let mut sweeps = 0;
    while service.status("GOOD").await != "SUCCESS" {
        worker(&app).sweep_due().await.unwrap();
        clock.advance(SignedDuration::from_mins(1));
        sweeps += 1;
        assert!(sweeps < 10, "the breaker stays open");
    }
}

#[tokio::test]
async fn being_turned_away_is_no_attempt() {
    let (service, clock) = Service::start_with_clock().await;
    let away = CmsOutcome::Misconfigured(Trouble::Status(403));
    let cms =
        Arc::new(FakeCms { is_down: Some(away).into(), placed: AtomicU32::default(), asked: AtomicU32::default() });
    assert!(service.create(order("ORD-1")).await.is_ok());
    for _ in 0..30 {
        // Each with a breaker of its own, so that each makes a call.
        let app = Wire::counting().app_with(&service.stack, clock.as_clock(), cms.clone(), 2);
        worker(&app).sweep_due().await.unwrap();
        clock.advance(A_WHILE);
    }
    assert_eq!((cms.placed.load(Ordering::Relaxed), service.status("ORD-1").await), (30, "PENDING".into()));
    *cms.is_down.lock().unwrap() = None;
    let app = Wire::counting().app_with(&service.stack, clock.as_clock(), cms, 2);
    worker(&app).sweep_due().await.unwrap();
    assert_eq!(service.status("ORD-1").await, "SUCCESS");
}
