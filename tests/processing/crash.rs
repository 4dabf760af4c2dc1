//! A worker that is killed at any of its calls, before or after the call takes effect: the order continues and ends as if
//! nothing had happened.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use shared::cms::{Cms, CmsOutcome, HttpCms};
use shared::domain::{CmsKey, CmsOrder, Status, Step};
use tokio::sync::Notify;

use super::scripts::{DEAD_ENDS, SCRIPTS};
use super::{ledger, live, scripted};
use crate::support::wire::{Fate, Wire};
use crate::support::{Service, TestClock, limits_for, no_token};

/// The call at which a worker is killed, counted over the store and the card management system together.
#[derive(Clone)]
struct Kill {
    at: usize,
    fate: Fate,
    calls: Arc<AtomicUsize>,
}

impl Kill {
    fn next(&self) -> Fate {
        if self.calls.fetch_add(1, Ordering::Relaxed) == self.at { self.fate.clone() } else { Fate::Answered }
    }
}

/// A card management system that may kill the worker during a call.
#[derive(Debug)]
struct Fatal<C> {
    inner: C,
    kill: KillSwitch,
}

struct KillSwitch(Kill, Arc<Notify>);

impl std::fmt::Debug for KillSwitch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KillSwitch")
    }
}

impl KillSwitch {
    async fn around(&self, call: impl Future<Output = CmsOutcome>) -> CmsOutcome {
        let fate = self.0.next();
        if fate != Fate::KilledBefore {
            let outcome = call.await;
            if fate != Fate::KilledAfter {
                return outcome;
            }
        }
        self.1.notify_one();
        std::future::pending().await
    }
}

impl<C: Cms> Cms for Fatal<C> {
    fn place<'a>(&'a self, order: &'a CmsOrder) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(self.kill.around(self.inner.place(order)))
    }

    fn status<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(self.kill.around(self.inner.status(key)))
    }

    fn void<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(self.kill.around(self.inner.void(key)))
    }
}

/// A worker that is killed, and what a worker after it makes of the order; `None`: it came to the end before.
async fn killed_and_taken_up(
    service: &Service,
    clock: &TestClock,
    id: &str,
    (at, fate): (usize, Fate),
    attempts_max: u32,
) -> Option<(Status, Step)> {
    let kill = Kill { at, fate, calls: Arc::default() };
    let judge = kill.clone();
    let wire = Wire::new(move |_, _| judge.next());
    let cms = || {
        let script = id.split("-Killed").next().unwrap_or_default();
        HttpCms::new(&format!("http://{}", service.stack.cms), no_token(), limits_for(script)).unwrap()
    };
    let fatal = Fatal { inner: cms(), kill: KillSwitch(kill, wire.kill_switch()) };
    let app = wire.app_with(&service.stack, clock.as_clock(), Arc::new(fatal), attempts_max);
    let is_killed = tokio::select! {
        () = wire.killed() => true,
        _ = live(&app, clock, id) => false,
    };
    let heir = Wire::counting().app_with(&service.stack, clock.as_clock(), Arc::new(cms()), attempts_max);
    clock.advance(super::A_WHILE);
    let end = live(&heir, clock, id).await;
    is_killed.then_some(end)
}

/// Kills a worker at each call of the life of an order with this script.
async fn every_call_may_be_the_last(script: &str, attempts_max: u32, check: impl Fn(&Service, &str, (Status, Step))) {
    let (service, clock) = Service::start_with_clock().await;
    for fate in [Fate::KilledBefore, Fate::KilledAfter] {
        let mut killed = 0;
        loop {
            let id = format!("{script}-{fate:?}-{killed}");
            assert!(service.create(scripted(&id, script)).await.is_ok());
            let kill = (killed, fate.clone());
            let end = Box::pin(killed_and_taken_up(&service, &clock, &id, kill, attempts_max)).await;
            let Some(end) = end else { break };
            check(&service, &id, end);
            killed += 1;
        }
        assert!(killed >= 5, "{script}: only {killed} calls");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_survives_its_worker_at_every_call() {
    let lives = SCRIPTS.map(|(script, status, placements, cards)| {
        Box::pin(every_call_may_be_the_last(script, 10, move |service, id, end| {
            assert_eq!(end, (status, Step::Ended), "{id}");
            let (placed, printed, _) = ledger(service, id);
            assert_eq!((placed, printed), (placements, cards), "{id}");
        }))
    });
    futures_util::future::join_all(lives).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nobody_answers_for_survives_its_worker_as_well() {
    let lives = DEAD_ENDS.map(|(script, status, step)| {
        Box::pin(every_call_may_be_the_last(script, 2, move |service, id, end| {
            assert_eq!(end, (status, step), "{id}");
            assert_eq!(ledger(service, id).0, 0, "{id}");
        }))
    });
    futures_util::future::join_all(lives).await;
}
