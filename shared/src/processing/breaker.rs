//! The circuit breaker before the card management system (CMS): while the CMS gives no answers, no order is sent, so that
//! orders stay RECEIVED and can be cancelled. Each sandbox has one per tenant and CMS, so that neither one tenant's orders nor
//! one CMS can block others.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{CmsProfile, TenantId};

/// How many calls in a row without an answer open it: more than a single order in trouble causes.
const FAILURES_MAX: u32 = 10;
/// How long it stays open at first, and at most. The time doubles with each failed probe.
const OPEN_FIRST_S: i64 = 5;
const OPEN_MAX_S: i64 = 300;
/// How long a probe may take.
const PROBE: SignedDuration = SignedDuration::from_secs(30);

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may.
    Free,
    /// Only a harmless one, whose outcome decides for all orders.
    Probe,
    /// Not now.
    Refused,
}

/// What a breaker stands before: a tenant's orders at one CMS, the default one or that of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Gate {
    pub(super) tenant: TenantId,
    pub(super) cms: Option<CmsProfile>,
}

/// The breakers.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<HashMap<Gate, State>>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open: Option<Open>,
    /// How long it was open last, if only a probe has been answered since.
    was_open_s: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    /// When the next probe may be made.
    until: Timestamp,
    seconds: i64,
    /// Whether a probe is under way. Any other call that ends now was started before the breaker opened.
    is_probed: bool,
}

impl Breaker {
    pub(super) fn admission(&self, gate: &Gate, now: Timestamp) -> Admission {
        self.with(gate, |state| state.admission(now))
    }

    /// The CMS answered as it should.
    pub(super) fn answered(&self, gate: &Gate) {
        self.with(gate, State::close);
    }

    /// A call got no answer.
    pub(super) fn unanswered(&self, gate: &Gate, now: Timestamp) {
        self.with(gate, |state| {
            state.failures = state.failures.saturating_add(1);
            if state.failures >= FAILURES_MAX || state.open.is_some() {
                state.open(now);
            }
        });
    }

    /// The CMS refuses our calls: more of them fix nothing.
    pub(super) fn misconfigured(&self, gate: &Gate, now: Timestamp) {
        self.with(gate, |state| state.open(now));
    }

    fn with<T>(&self, gate: &Gate, act: impl FnOnce(&mut State) -> T) -> T {
        // A panic while the lock was held cannot have left related values half changed: there are none.
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(states.entry(gate.clone()).or_default())
    }
}

impl State {
    fn admission(&mut self, now: Timestamp) -> Admission {
        match &mut self.open {
            None => Admission::Free,
            Some(open) if open.until > now => Admission::Refused,
            Some(open) => {
                open.until = later(now, PROBE);
                open.is_probed = true;
                Admission::Probe
            }
        }
    }

    fn close(&mut self) {
        self.failures = 0;
        self.was_open_s = self.open.take().map(|open| open.seconds);
        if self.was_open_s.is_some() {
            tracing::info!("breaker closed");
        }
    }

    fn open(&mut self, now: Timestamp) {
        if self.open.is_some_and(|open| !open.is_probed) {
            return;
        }
        let before = self.open.map(|open| open.seconds).or(self.was_open_s);
        let seconds = before.map_or(OPEN_FIRST_S, |seconds| (seconds * 2).min(OPEN_MAX_S));
        if self.open.is_none() {
            tracing::error!(failures = self.failures, seconds, "breaker opened");
        } else {
            tracing::error!(failures = self.failures, seconds, "breaker still open");
        }
        self.open = Some(Open { until: later(now, SignedDuration::from_secs(seconds)), seconds, is_probed: false });
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn acme() -> Gate {
        Gate { tenant: TenantId::parse("ACME_BANK").unwrap(), cms: None }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_probe_through_at_a_time() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES_MAX - 1 {
            breaker.unanswered(&acme(), at(0));
        }
        breaker.answered(&acme());
        for _ in 0..FAILURES_MAX - 1 {
            breaker.unanswered(&acme(), at(0));
        }
        assert_eq!(breaker.admission(&acme(), at(0)), Admission::Free);
        breaker.unanswered(&acme(), at(0));
        assert_eq!(breaker.admission(&acme(), at(4)), Admission::Refused);
        let globex = Gate { tenant: TenantId::parse("GLOBEX").unwrap(), cms: None };
        let other_cms = Gate { cms: Some(CmsProfile::parse("south").unwrap()), ..acme() };
        assert_eq!([&globex, &other_cms].map(|gate| breaker.admission(gate, at(4))), [Admission::Free; 2]);
        assert_eq!(breaker.admission(&acme(), at(5)), Admission::Probe);
        assert_eq!(breaker.admission(&acme(), at(6)), Admission::Refused);
        // Another ten seconds after a probe that failed, then twenty.
        breaker.unanswered(&acme(), at(6));
        assert_eq!(breaker.admission(&acme(), at(15)), Admission::Refused);
        assert_eq!(breaker.admission(&acme(), at(16)), Admission::Probe);
        breaker.answered(&acme());
        assert_eq!(breaker.admission(&acme(), at(16)), Admission::Free);
    }

    #[test]
    fn one_that_opens_again_after_nothing_but_a_probe_stays_open_longer() {
        let breaker = Breaker::default();
        breaker.misconfigured(&acme(), at(0));
        assert_eq!(breaker.admission(&acme(), at(5)), Admission::Probe);
        breaker.answered(&acme());
        breaker.misconfigured(&acme(), at(6));
        assert_eq!(breaker.admission(&acme(), at(15)), Admission::Refused);
        assert_eq!(breaker.admission(&acme(), at(16)), Admission::Probe);
        breaker.answered(&acme());
        breaker.answered(&acme());
        breaker.misconfigured(&acme(), at(17));
        assert_eq!(breaker.admission(&acme(), at(22)), Admission::Probe);
    }

    #[test]
    fn a_probe_that_never_came_back_does_not_keep_it_open() {
        let breaker = Breaker::default();
        breaker.misconfigured(&acme(), at(0));
        assert_eq!(breaker.admission(&acme(), at(5)), Admission::Probe);
        assert_eq!(breaker.admission(&acme(), at(34)), Admission::Refused);
        assert_eq!(breaker.admission(&acme(), at(35)), Admission::Probe);
    }
}
