//! How long a call may go on beginning with further orders.

use std::time::{Duration, Instant};

/// API Gateway waits for 29 seconds, and an order that is begun with takes at most a probe and a call of 8 seconds each.
const TO_BEGIN: Duration = Duration::from_secs(8);

/// The time of one call.
#[derive(Debug, Clone, Copy)]
pub struct TimeLeft(Instant);

impl TimeLeft {
    /// The call begins.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Whether there is time to begin with another order.
    #[must_use]
    pub fn is_left(self) -> bool {
        self.0.elapsed() < TO_BEGIN
    }
}
