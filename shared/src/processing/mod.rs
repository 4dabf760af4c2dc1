//! Orders on their way through the card management system. PENDING is written before the first call; from then on only
//! facts lead out. What is decided without a fact is when to try again, and whether somebody must look.

mod ask;
mod breaker;
mod pick;
mod sweep;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use sweep::Swept;

use crate::clock::Clock;
use crate::cms::{Cms, Outcome, Trouble};
use crate::domain::{Change, CmsKey, CmsOrderId, Fact, Status, Step};
use crate::error::{CmsSilence, Error};
use crate::orders::tell_change;
use crate::random;
use crate::store::{Claimed, Lease, Recorded, Store, Unsent, Withdrawal, WorkOrder};
use ask::Asker;
use breaker::{Admission, Breaker};

/// How long a failed order is left alone: at random up to 5 s doubled with each attempt, 15 minutes at most.
const BACK_OFF_FIRST_S: u64 = 5;
const BACK_OFF_MAX_S: u64 = 15 * 60;

/// How patient processing is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How often an order is handed over before it is voided.
    pub attempts_max: u32,
    /// How long a worker has an order to itself.
    pub lease: SignedDuration,
    /// How long after the end of its lease an order is stuck.
    pub stuck_after: SignedDuration,
}

impl Patience {
    /// With a threshold for stuck orders; a lease is never longer than it.
    #[must_use]
    pub fn new(attempts_max: u32, stuck_after: SignedDuration) -> Self {
        let lease = stuck_after.clamp(SignedDuration::from_secs(1), SignedDuration::from_secs(60));
        Self { attempts_max, lease, stuck_after }
    }
}

/// The card management system with the breaker before it.
#[derive(Debug)]
pub struct Processing {
    cms: Arc<dyn Cms>,
    breaker: Breaker,
    patience: Patience,
}

impl Processing {
    /// Processing through this card management system.
    #[must_use]
    pub fn new(cms: Arc<dyn Cms>, patience: Patience) -> Self {
        Self { cms, breaker: Breaker::default(), patience }
    }
}

/// One worker: a call of a function.
#[derive(Debug, Clone, Copy)]
pub struct Worker<'a> {
    /// The table.
    pub store: &'a Store,
    /// The card management system.
    pub processing: &'a Processing,
    /// The time.
    pub clock: &'a Clock,
    /// The function.
    pub actor: &'static str,
    /// The id of the call.
    pub request_id: &'a str,
}

/// What became of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The step was taken; the order stands here now.
    Handled(Status),
    /// The card management system gave no usable answer; the order is tried again later.
    Unanswered,
    /// The breaker is open: nothing was done.
    Refused,
    /// Something has happened to the order since it was read.
    Lost,
    /// There is nothing to be done at present, for this reason.
    Idle(Step),
}

impl Done {
    /// What a caller is told: whether an order was handled, or that the card management system was not heard.
    pub fn answer(done: Option<Self>) -> Result<bool, Error> {
        match done {
            Some(Self::Unanswered) => Err(Error::CmsUnavailable(CmsSilence::Unanswered)),
            Some(Self::Refused) => Err(Error::CmsUnavailable(CmsSilence::BreakerOpen)),
            Some(Self::Handled(_) | Self::Lost | Self::Idle(_)) => Ok(true),
            None => Ok(false),
        }
    }
}

impl Worker<'_> {
    /// The next step of an order.
    #[must_use]
    pub fn next_step(&self, order: &WorkOrder) -> Step {
        order.stage.next_step(self.clock.now(), self.processing.patience.attempts_max)
    }

    /// Where an order stands now.
    #[must_use]
    pub fn status_now(&self, order: &WorkOrder) -> Status {
        order.stage.status_at(self.clock.now())
    }

    /// Takes the next step of an order.
    pub async fn advance(&self, order: &WorkOrder) -> Result<Done, Error> {
        match self.next_step(order) {
            step @ (Step::Claim | Step::Reclaim | Step::Void) => self.hand_over(order, step).await,
            Step::Hold => self.hold(order, "it was not answered, and voiding it was not answered either").await,
            Step::Poll => self.ask(order, Asker::Sweep).await,
            Step::Expire => self.expire(order).await,
            step @ (Step::Scheduled | Step::Leased | Step::Held | Step::Ended) => Ok(Done::Idle(step)),
        }
    }

    async fn hand_over(&self, order: &WorkOrder, step: Step) -> Result<Done, Error> {
        let cms = &self.processing.cms;
        if !self.is_admitted(order).await {
            return Ok(Done::Refused);
        }
        // Read before it is claimed: an order that cannot be read must not become PENDING. To be voided, its key will do.
        let content = if step == Step::Void { None } else { Some(self.store.cms_order(order).await?) };
        let patience = self.processing.patience;
        let now = self.clock.now();
        let lease = Lease {
            until: now.checked_add(patience.lease).unwrap_or(now),
            attempts_max: (step != Step::Void).then_some(patience.attempts_max),
        };
        let change = self.change(Some(order.stage.status), Status::Pending, now);
        let Claimed::Ours(ours) = self.store.claim_order(order, lease, &change).await? else { return Ok(Done::Lost) };
        if order.stage.status == Status::Received {
            tell_change(&order.id, Some(Status::Received), Status::Pending);
        }
        let outcome = if let Some(content) = content {
            cms.place(&content).await
        } else {
            tracing::warn!(order.id = %order.id, attempts = order.stage.attempts, "order is voided: its attempts are used up");
            cms.void(&order.cms_key()).await
        };
        self.settle(&ours, outcome).await
    }

    /// Whether the breaker lets an order through. Where it asks for a probe, the card management system is asked for a key
    /// that no order has: an order that it has trouble with must not speak for the others.
    async fn is_admitted(&self, order: &WorkOrder) -> bool {
        match self.processing.breaker.admission(&order.tenant, self.clock.now()) {
            Admission::Free => true,
            Admission::Refused => false,
            Admission::Probe => {
                let outcome = self.processing.cms.status(&CmsKey::probe(&order.tenant)).await;
                self.note(order, &outcome);
                outcome.is_answer()
            }
        }
    }

    /// Tells the breaker, and the log, how a call went.
    fn note(&self, order: &WorkOrder, outcome: &Outcome) {
        let breaker = &self.processing.breaker;
        match outcome {
            Outcome::Fact(_) | Outcome::NotKnown | Outcome::NoVoid => breaker.answered(&order.tenant),
            Outcome::Unknown(trouble) => {
                tracing::warn!(order.id = %order.id, %trouble, "no usable answer from the card management system");
                breaker.unanswered(&order.tenant, self.clock.now());
            }
            Outcome::Misconfigured(trouble) => {
                tracing::error!(order.id = %order.id, %trouble, "card management system is misconfigured");
                breaker.turned_away(&order.tenant, self.clock.now());
            }
        }
    }

    /// Writes down what a hand-over, or voiding, came to.
    async fn settle(&self, ours: &WorkOrder, outcome: Outcome) -> Result<Done, Error> {
        self.note(ours, &outcome);
        match outcome {
            Outcome::Fact(fact) => self.record(ours, &fact).await.map(|recorded| Done::Handled(status_of(recorded))),
            Outcome::NoVoid => self.hold(ours, "the card management system does not offer to void it").await,
            Outcome::NotKnown => self.back_off(ours, Trouble::Unreadable, ours.stage.attempts).await,
            Outcome::Unknown(trouble) => self.back_off(ours, trouble, ours.stage.attempts).await,
            // It was turned away at the door: no attempt, however long that lasts.
            Outcome::Misconfigured(trouble) => {
                self.back_off(ours, trouble, ours.stage.attempts.saturating_sub(1)).await
            }
        }
    }

    async fn record(&self, order: &WorkOrder, fact: &Fact) -> Result<Recorded, Error> {
        let now = self.clock.now();
        let change = |from, to| self.change(Some(from), to, now);
        let recorded = self.store.record_fact(order, fact, change).await?;
        match recorded {
            Recorded::Written { from, to } if from != to => tell_change(&order.id, Some(from), to),
            Recorded::Written { .. } => {
                let cms_order_id = fact.cms_order_id.as_ref().map(CmsOrderId::as_str);
                tracing::info!(order.id = %order.id, cms.order_id = cms_order_id, "acknowledged by the card management system");
            }
            Recorded::Known(_) | Recorded::Ended(_) => {}
        }
        Ok(recorded)
    }

    async fn back_off(&self, ours: &WorkOrder, trouble: Trouble, attempts: u32) -> Result<Done, Error> {
        let longest = (BACK_OFF_FIRST_S << ours.stage.attempts.min(8)).min(BACK_OFF_MAX_S);
        let pause = SignedDuration::from_secs(random::below(longest + 1).cast_signed());
        let now = self.clock.now();
        let next_at = now.checked_add(pause).unwrap_or(now);
        if !self.store.back_off(ours, next_at, attempts, &trouble.to_string()).await? {
            tracing::info!(order.id = %ours.id, "another worker went on with it");
        }
        Ok(Done::Unanswered)
    }

    async fn hold(&self, order: &WorkOrder, reason: &str) -> Result<Done, Error> {
        // Before it is written: an alarm too many is better than an order that waits for somebody who is not told.
        tracing::error!(order.id = %order.id, cms.key = %order.cms_key(), reason, "order put on hold");
        if self.store.hold(order, reason, self.clock.now()).await? {
            Ok(Done::Handled(Status::Pending))
        } else {
            tracing::info!(order.id = %order.id, "it was not put on hold: something has happened to it");
            Ok(Done::Lost)
        }
    }

    async fn expire(&self, order: &WorkOrder) -> Result<Done, Error> {
        let change = self.change(Some(Status::Received), Status::Expired, self.clock.now());
        match self.store.withdraw_order(&order.tenant, &order.id, Withdrawal::ByTime, &change).await? {
            Unsent::Done => {
                tell_change(&order.id, Some(Status::Received), Status::Expired);
                Ok(Done::Handled(Status::Expired))
            }
            Unsent::NotFound | Unsent::Refused(_) => Ok(Done::Lost),
        }
    }

    fn change(&self, from: Option<Status>, to: Status, at: Timestamp) -> Change {
        Change { from, to, at, actor: self.actor.into(), request_id: self.request_id.to_owned() }
    }
}

const fn status_of(recorded: Recorded) -> Status {
    match recorded {
        Recorded::Written { to: status, .. } | Recorded::Known(status) | Recorded::Ended(status) => status,
    }
}
