//! The breaker before the card management system: while it gives no answers, no order is handed to it, so that orders
//! stay RECEIVED and can be cancelled. Each sandbox has its own.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Calls in a row without an answer that open it: more than one order in trouble of its own brings.
const FAILURES_MAX: u32 = 10;
/// How long it stays open at first, and at most. It doubles each time that a probe fails.
const OPEN_FIRST_S: i64 = 5;
const OPEN_MAX_S: i64 = 300;
/// How long one probe is waited for.
const PROBE: SignedDuration = SignedDuration::from_secs(30);

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may.
    Free,
    /// Only a harmless one, whose outcome decides for all.
    Probe,
    /// Not now.
    Refused,
}

/// The breaker.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open: Option<Open>,
    /// How long it was open, if nothing but a probe has been answered since.
    was_open_s: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    /// When the next probe may be made.
    until: Timestamp,
    seconds: i64,
}

impl Breaker {
    pub(super) fn admission(&self, now: Timestamp) -> Admission {
        let mut state = self.state();
        match &mut state.open {
            None => Admission::Free,
            Some(open) if open.until > now => Admission::Refused,
            Some(open) => {
                open.until = later(now, PROBE);
                Admission::Probe
            }
        }
    }

    /// The card management system answered as it should.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.was_open_s = state.open.take().map(|open| open.seconds);
        if state.was_open_s.is_some() {
            tracing::info!("breaker closed");
        }
    }

    /// A call brought no answer.
    pub(super) fn unanswered(&self, now: Timestamp) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES_MAX || state.open.is_some() {
            state.open(now);
        }
    }

    /// The card management system turns us away: more calls mend nothing.
    pub(super) fn turned_away(&self, now: Timestamp) {
        self.state().open(now);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it was held cannot have left it half changed: its values stand alone.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open(&mut self, now: Timestamp) {
        let before = self.open.map(|open| open.seconds).or(self.was_open_s);
        let seconds = before.map_or(OPEN_FIRST_S, |seconds| (seconds * 2).min(OPEN_MAX_S));
        if self.open.is_none() {
            tracing::error!(failures = self.failures, "breaker opened");
        }
        self.open = Some(Open { until: later(now, SignedDuration::from_secs(seconds)), seconds });
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

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_probe_through_at_a_time() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES_MAX - 1 {
            breaker.unanswered(at(0));
        }
        breaker.answered();
        for _ in 0..FAILURES_MAX - 1 {
            breaker.unanswered(at(0));
        }
        assert_eq!(breaker.admission(at(0)), Admission::Free);
        breaker.unanswered(at(0));
        assert_eq!(breaker.admission(at(4)), Admission::Refused);
        assert_eq!(breaker.admission(at(5)), Admission::Probe);
        assert_eq!(breaker.admission(at(6)), Admission::Refused);
        // Another ten seconds after a probe that failed, then twenty.
        breaker.unanswered(at(6));
        assert_eq!(breaker.admission(at(15)), Admission::Refused);
        assert_eq!(breaker.admission(at(16)), Admission::Probe);
        breaker.answered();
        assert_eq!(breaker.admission(at(16)), Admission::Free);
    }

    #[test]
    fn one_that_opens_again_after_nothing_but_a_probe_stays_open_longer() {
        let breaker = Breaker::default();
        breaker.turned_away(at(0));
        assert_eq!(breaker.admission(at(5)), Admission::Probe);
        breaker.answered();
        breaker.turned_away(at(6));
        assert_eq!(breaker.admission(at(15)), Admission::Refused);
        assert_eq!(breaker.admission(at(16)), Admission::Probe);
        breaker.answered();
        breaker.answered();
        breaker.turned_away(at(17));
        assert_eq!(breaker.admission(at(22)), Admission::Probe);
    }

    #[test]
    fn a_probe_that_never_came_back_does_not_keep_it_open() {
        let breaker = Breaker::default();
        breaker.turned_away(at(0));
        assert_eq!(breaker.admission(at(5)), Admission::Probe);
        assert_eq!(breaker.admission(at(34)), Admission::Refused);
        assert_eq!(breaker.admission(at(35)), Admission::Probe);
    }
}
