//! Polls the card management system (CMS) for the state of an order. Only a fact changes the order.

use jiff::{SignedDuration, Timestamp};

use super::outcome::{Asker, StepOutcome};
use super::worker::{Worker, status_of};
use crate::cms::CmsOutcome;
use crate::error::Error;
use crate::store::{RecordOutcome, WorkOrder};

/// The pause between two polls of an order: half of the time that it has waited so far, within these bounds.
const POLL_MIN: SignedDuration = SignedDuration::from_secs(5);
const POLL_MAX: SignedDuration = SignedDuration::from_mins(15);
/// How often due orders have their turn on AWS. A shorter pause between polls is not worth a write.
const TICK: SignedDuration = SignedDuration::from_mins(1);

impl Worker<'_> {
    /// Polls the CMS for an order that it has, or may have. Only a fact changes the order.
    pub async fn poll(&self, order: &WorkOrder) -> Result<StepOutcome, Error> {
        self.ask(order, Asker::Caller).await
    }

    pub(super) async fn ask(&self, order: &WorkOrder, asker: Asker) -> Result<StepOutcome, Error> {
        if !self.is_admitted(order).await {
            self.list_as_acknowledged(order).await?;
            return Ok(StepOutcome::Refused);
        }
        let outcome = self.cms(order).status(&order.cms_key()).await;
        self.note(order, &outcome);
        match &outcome {
            CmsOutcome::Fact(fact) => {
                let recorded = self.record(order, fact).await?;
                if let RecordOutcome::Known(_) = recorded {
                    self.ask_later(order, asker).await?;
                }
                return Ok(StepOutcome::Handled(status_of(recorded)));
            }
            CmsOutcome::NotKnown if order.is_acknowledged() => {
                tracing::error!(order.id = %order.id, "the card management system has forgotten an order that it had");
            }
            CmsOutcome::NotKnown | CmsOutcome::NoVoid | CmsOutcome::Unknown(_) | CmsOutcome::Misconfigured(_) => {}
        }
        self.ask_later(order, asker).await?;
        Ok(if outcome.is_answer() { StepOutcome::Handled(order.state.status) } else { StepOutcome::Unanswered })
    }

    /// Schedules the next poll of an order that the CMS has. Any other order is moved by its lease.
    async fn ask_later(&self, order: &WorkOrder, asker: Asker) -> Result<(), Error> {
        let now = self.now();
        let pause = (now.duration_since(order.since()) / 2).clamp(POLL_MIN, POLL_MAX);
        if asker == Asker::Sweep && pause <= TICK {
            return self.list_as_acknowledged(order).await;
        }
        if order.is_acknowledged() {
            self.postpone(order, now.checked_add(pause).unwrap_or(now)).await?;
        }
        Ok(())
    }

    /// Makes the index by next action say that the CMS has the order. Neither claim nor acknowledgement does: most orders
    /// end at their first poll, without the two writes of a move.
    async fn list_as_acknowledged(&self, order: &WorkOrder) -> Result<(), Error> {
        if order.is_acknowledged() && !order.is_listed_as_acknowledged() {
            self.postpone(order, self.now()).await?;
        }
        Ok(())
    }

    async fn postpone(&self, order: &WorkOrder, next_at: Timestamp) -> Result<(), Error> {
        if !self.store().postpone(order, next_at).await? {
            tracing::debug!(order.id = %order.id, "order changed meanwhile");
        }
        Ok(())
    }
}
