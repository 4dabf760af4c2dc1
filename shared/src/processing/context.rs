//! What workers work with: the store, the card management system with the breaker before it, and the retry policy.

use jiff::SignedDuration;

use super::breaker::Breaker;
use crate::clock::Clock;
use crate::cms::CmsProfiles;
use crate::store::Store;

/// When an order is tried again, and when no more.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// How often an order is sent before it is voided.
    pub attempts_max: u32,
    /// How long a worker has an order to itself.
    pub lease: SignedDuration,
    /// How long after the end of its lease an order is stuck.
    pub stuck_after: SignedDuration,
}

impl RetryPolicy {
    /// With a threshold for stuck orders; a lease is never longer than it.
    #[must_use]
    pub fn new(attempts_max: u32, stuck_after: SignedDuration) -> Self {
        let lease = stuck_after.clamp(SignedDuration::from_secs(1), SignedDuration::from_secs(60));
        Self { attempts_max, lease, stuck_after }
    }
}

/// The way of orders through the card management system, with the breaker before it.
#[derive(Debug)]
pub struct Processing {
    pub(super) store: Store,
    pub(super) cms: CmsProfiles,
    pub(super) breaker: Breaker,
    pub(super) policy: RetryPolicy,
    pub(super) clock: Clock,
}

impl Processing {
    /// Processing through these card management systems.
    #[must_use]
    pub fn new(store: Store, cms: CmsProfiles, policy: RetryPolicy, clock: Clock) -> Self {
        Self { store, cms, breaker: Breaker::default(), policy, clock }
    }
}
