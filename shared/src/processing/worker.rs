//! The steps of one order: send it to the card management system (CMS), record what it says, decide when to try again.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::breaker::{Admission, Gate};
use super::context::Processing;
use super::outcome::{Asker, StepOutcome};
use crate::call::{Call, log_change};
use crate::cms::{Cms, CmsOutcome, Trouble};
use crate::domain::{CmsKey, CmsOrderId, CmsProfile, Fact, OrderId, Status, Step, Tenant};
use crate::error::Error;
use crate::store::{ClaimOutcome, EndOutcome, EndReason, Lease, RecordOutcome, Store, WorkOrder};

/// The longest pause after a failed attempt: 5 s, doubled with each attempt, at most 15 minutes. The pause is random.
const BACK_OFF_FIRST_S: i64 = 5;
const BACK_OFF_MAX_S: i64 = 15 * 60;

/// A worker on the orders of one tenant, for one call.
#[derive(Debug, Clone, Copy)]
pub struct Worker<'a> {
    pub(super) processing: &'a Processing,
    pub(super) call: &'a Call,
}

impl Processing {
    /// A worker on the orders of a call's tenant.
    #[must_use]
    pub fn worker<'a>(&'a self, call: &'a Call) -> Worker<'a> {
        Worker { processing: self, call }
    }
}

impl Worker<'_> {
    pub(super) fn store(&self) -> &Store {
        &self.processing.store
    }

    pub(super) fn tenant(&self) -> &Tenant {
        &self.call.tenant
    }

    pub(super) fn now(&self) -> Timestamp {
        self.processing.clock.now()
    }

    /// Reads an order of the tenant to work on it.
    pub async fn find(&self, id: &OrderId) -> Result<WorkOrder, Error> {
        self.store().work_order(&self.tenant().id, id).await?.ok_or(Error::OrderNotFound)
    }

    /// The next step of an order.
    #[must_use]
    pub fn next_step(&self, order: &WorkOrder) -> Step {
        order.state.next_step(self.now(), self.processing.policy.attempts_max)
    }

    /// The status of an order now.
    #[must_use]
    pub fn status_now(&self, order: &WorkOrder) -> Status {
        order.state.status_at(self.now())
    }

    /// Takes the next step of an order.
    pub async fn advance(&self, order: &WorkOrder) -> Result<StepOutcome, Error> {
        match self.next_step(order) {
            step @ (Step::Claim | Step::Reclaim | Step::Void) => self.hand_over(order, step).await,
            Step::Hold => self.hold(order, "it was not answered, and voiding it was not answered either").await,
            Step::Poll => self.ask(order, Asker::Sweep).await,
            Step::Expire => self.expire(order).await,
            step @ (Step::AwaitApproval | Step::Scheduled | Step::Leased | Step::Held | Step::Ended) => {
                Ok(StepOutcome::Idle(step))
            }
        }
    }

    /// The profile of the card management system that has this order or, before it is sent, gets it.
    fn cms_profile<'a>(&'a self, order: &'a WorkOrder) -> Option<&'a CmsProfile> {
        order.cms_profile(self.tenant().settings.cms_profile.as_ref())
    }

    /// The card management system of this order.
    pub(super) fn cms(&self, order: &WorkOrder) -> Arc<dyn Cms> {
        self.processing.cms.of(self.cms_profile(order))
    }

    async fn hand_over(&self, order: &WorkOrder, step: Step) -> Result<StepOutcome, Error> {
        let cms = self.cms(order);
        if !self.is_admitted(order).await {
            return Ok(StepOutcome::Refused);
        }
        // Read before the claim: an order that cannot be read must not become PENDING. Voiding needs only the key.
        let content = if step == Step::Void { None } else { Some(self.store().cms_order(order).await?) };
        let policy = self.processing.policy;
        let now = self.now();
        let lease = Lease {
            until: now.checked_add(policy.lease).unwrap_or(now),
            attempts_max: (step != Step::Void).then_some(policy.attempts_max),
        };
        let mut change = self.call.change(Some(order.state.status), Status::Pending, now);
        if order.state.status == Status::Pending {
            change.note = Some(if step == Step::Void { "void requested" } else { "sent again" }.into());
        }
        let ClaimOutcome::Ours(ours) = self.store().claim_order(order, lease, self.cms_profile(order), &change).await?
        else {
            return Ok(StepOutcome::Lost);
        };
        if order.state.status == Status::Received {
            log_change(&order.id, Some(Status::Received), Status::Pending);
        }
        let outcome = if let Some(content) = content {
            cms.place(&content).await
        } else {
            tracing::warn!(order.id = %order.id, attempts = order.state.attempts, "order is voided: its attempts are used up");
            cms.void(&order.cms_key()).await
        };
        self.settle(&ours, outcome).await
    }

    fn gate(&self, order: &WorkOrder) -> Gate {
        Gate { tenant: order.tenant.clone(), cms: self.cms_profile(order).cloned() }
    }

    /// Whether the breaker lets an order through. A probe asks the CMS for a key that no order has: one order in trouble
    /// must not decide for the others.
    pub(super) async fn is_admitted(&self, order: &WorkOrder) -> bool {
        match self.processing.breaker.admission(&self.gate(order), self.now()) {
            Admission::Free => true,
            Admission::Refused => false,
            Admission::Probe => {
                let outcome = self.cms(order).status(&CmsKey::probe(&order.tenant)).await;
                self.note(order, &outcome);
                outcome.is_answer()
            }
        }
    }

    /// Reports the outcome of a call to the breaker and the log.
    pub(super) fn note(&self, order: &WorkOrder, outcome: &CmsOutcome) {
        let (breaker, gate) = (&self.processing.breaker, self.gate(order));
        match outcome {
            CmsOutcome::Fact(_) | CmsOutcome::NotKnown | CmsOutcome::NoVoid => breaker.answered(&gate),
            CmsOutcome::Unknown(trouble) => {
                tracing::warn!(order.id = %order.id, %trouble, "no usable answer from the card management system");
                breaker.unanswered(&gate, self.now());
            }
            CmsOutcome::Misconfigured(trouble) => {
                tracing::error!(order.id = %order.id, %trouble, "card management system is misconfigured");
                breaker.misconfigured(&gate, self.now());
            }
        }
    }

    /// Records what came of sending or voiding an order.
    async fn settle(&self, ours: &WorkOrder, outcome: CmsOutcome) -> Result<StepOutcome, Error> {
        self.note(ours, &outcome);
        match outcome {
            CmsOutcome::Fact(fact) => {
                self.record(ours, &fact).await.map(|recorded| StepOutcome::Handled(status_of(recorded)))
            }
            CmsOutcome::NoVoid => self.hold(ours, "the card management system does not offer to void it").await,
            CmsOutcome::NotKnown => self.back_off(ours, Trouble::Unreadable, ours.state.attempts).await,
            CmsOutcome::Unknown(trouble) => self.back_off(ours, trouble, ours.state.attempts).await,
            // The CMS refused the call itself: that counts as no attempt, however long it lasts.
            CmsOutcome::Misconfigured(trouble) => {
                self.back_off(ours, trouble, ours.state.attempts.saturating_sub(1)).await
            }
        }
    }

    pub(super) async fn record(&self, order: &WorkOrder, fact: &Fact) -> Result<RecordOutcome, Error> {
        let now = self.now();
        let change = |from, to| self.call.change(Some(from), to, now);
        let recorded = self.store().record_fact(order, fact, change).await?;
        match recorded {
            RecordOutcome::Written { from, to } if from != to => log_change(&order.id, Some(from), to),
            RecordOutcome::Written { .. } => {
                let cms_order_id = fact.cms_order_id.as_ref().map(CmsOrderId::as_str);
                tracing::info!(order.id = %order.id, cms.order_id = cms_order_id, "acknowledged by the card management system");
            }
            RecordOutcome::Known(_) | RecordOutcome::Ended(_) => {}
        }
        Ok(recorded)
    }

    async fn back_off(&self, ours: &WorkOrder, trouble: Trouble, attempts: u32) -> Result<StepOutcome, Error> {
        let longest = (BACK_OFF_FIRST_S << ours.state.attempts.min(8)).min(BACK_OFF_MAX_S);
        let pause = SignedDuration::from_secs(fastrand::i64(0..=longest));
        let now = self.now();
        let next_at = now.checked_add(pause).unwrap_or(now);
        if !self.store().back_off(ours, next_at, attempts, &trouble.to_string()).await? {
            tracing::info!(order.id = %ours.id, "another worker continued this order");
        }
        Ok(StepOutcome::Unanswered)
    }

    async fn hold(&self, order: &WorkOrder, reason: &str) -> Result<StepOutcome, Error> {
        // Logged before it is written: one alarm too many is better than a held order that nobody hears of.
        tracing::error!(order.id = %order.id, cms.key = %order.cms_key(), reason, "order put on hold");
        let mut change = self.call.change(Some(Status::Pending), Status::Pending, self.now());
        change.note = Some(format!("on hold: {reason}").into());
        if self.store().hold(order, reason, &change).await? {
            Ok(StepOutcome::Handled(Status::Pending))
        } else {
            tracing::info!(order.id = %order.id, "order was not put on hold: it changed meanwhile");
            Ok(StepOutcome::Lost)
        }
    }

    async fn expire(&self, order: &WorkOrder) -> Result<StepOutcome, Error> {
        let change = self.call.change(Some(Status::Received), Status::Expired, self.now());
        match self.store().end_order(&order.tenant, &order.id, EndReason::Expired(order), &change).await? {
            EndOutcome::Done => {
                log_change(&order.id, Some(Status::Received), Status::Expired);
                Ok(StepOutcome::Handled(Status::Expired))
            }
            EndOutcome::NotFound | EndOutcome::Refused(_) | EndOutcome::Unreviewable(_) => Ok(StepOutcome::Lost),
        }
    }
}

pub(super) const fn status_of(recorded: RecordOutcome) -> Status {
    match recorded {
        RecordOutcome::Written { to: status, .. } | RecordOutcome::Known(status) | RecordOutcome::Ended(status) => {
            status
        }
    }
}
