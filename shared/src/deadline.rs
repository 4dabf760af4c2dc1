//! How long a call may go on starting further work.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// The end of a call's time.
#[derive(Clone)]
pub struct Deadline(Arc<dyn Fn() -> bool + Send + Sync>);

impl Deadline {
    /// Work may start for this long from now on.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        let end = Instant::now() + time;
        Self::when(move || Instant::now() < end)
    }

    /// Work may start until this long before the end that Lambda sets.
    #[must_use]
    pub fn before(end: SystemTime, reserve: Duration) -> Self {
        Self::when(move || SystemTime::now() + reserve < end)
    }

    /// Work may always start.
    #[must_use]
    pub fn never() -> Self {
        Self::when(|| true)
    }

    /// Work may start as long as `has_time` says so.
    #[must_use]
    pub fn when(has_time: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(has_time))
    }

    /// Whether there is time to start further work.
    #[must_use]
    pub fn has_time(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deadline(has_time: {})", self.has_time())
    }
}
