//! The clock of a demo: it begins some days ago, and is moved on to the present.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::SignedDuration;
use shared::clock::Clock;

/// How long before the present the story begins.
const STORY: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A clock that runs behind another, by less and less.
#[derive(Debug, Clone)]
pub struct DemoClock {
    present: Clock,
    behind_s: Arc<AtomicI64>,
}

impl DemoClock {
    /// A clock that starts where the story begins.
    #[must_use]
    pub fn before(present: Clock) -> Self {
        Self { present, behind_s: Arc::new(AtomicI64::new(STORY.as_secs())) }
    }

    /// The clock for the stack.
    #[must_use]
    pub fn as_clock(&self) -> Clock {
        let Self { present, behind_s } = self.clone();
        Clock::new(move || {
            let now = present.now();
            now.checked_sub(SignedDuration::from_secs(behind_s.load(Ordering::Relaxed))).unwrap_or(now)
        })
    }

    /// Moves on to so long before the present; never back.
    pub(super) fn move_to(&self, before_present: SignedDuration) {
        self.behind_s.fetch_min(before_present.as_secs(), Ordering::Relaxed);
    }

    /// Moves on by so much, at most to the present.
    pub(super) fn advance(&self, by: SignedDuration) {
        let behind = SignedDuration::from_secs(self.behind_s.load(Ordering::Relaxed));
        self.move_to(behind.saturating_sub(by).max(SignedDuration::ZERO));
    }
}
