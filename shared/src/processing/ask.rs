//! Polls the card management system (CMS) for the state of an order. Only a fact changes the order.

use jiff::SignedDuration;

use super::context::TICK;
use super::outcome::{Asker, StepOutcome};
use super::worker::{Worker, status_of};
use crate::cms::CmsOutcome;
use crate::error::Error;
use crate::store::{RecordOutcome, WorkOrder};

/// The pause between two polls of an order: half of the time that it has waited so far, within these bounds.
const POLL_MIN: SignedDuration = SignedDuration::from_secs(5);
const POLL_MAX: SignedDuration = SignedDuration::from_mins(15);

impl Worker<'_> {
    /// Polls the CMS for an order that it has, or may have. Only a fact changes the order.
    pub async fn poll(&self, order: &WorkOrder) -> Result<StepOutcome, Error> {
        self.ask(order, Asker::Caller).await
    }

    pub(super) async fn ask(&self, order: &WorkOrder, asker: Asker) -> Result<StepOutcome, Error> {
        if !self.is_admitted(order).await {
            return Ok(StepOutcome::Refused);
        }
        let outcome = self.cms().status(&order.cms_key()).await;
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
        if !order.is_acknowledged() || asker == Asker::Sweep && pause <= TICK {
            return Ok(());
        }
        if !self.store().postpone(order, now.checked_add(pause).unwrap_or(now)).await? {
            tracing::debug!(order.id = %order.id, "order changed meanwhile");
        }
        Ok(())
    }
}
