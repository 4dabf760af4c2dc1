//! Ends an order before it is sent, or lets it go on: its branch cancels it, a second person approves or rejects it.

use super::context::Orders;
use crate::call::{Call, note_change, note_order};
use crate::domain::card_number::Guard;
use crate::domain::{Bin, BranchId, Faults, OrderId, Reason, Status};
use crate::error::Error;
use crate::store::{ApproveOutcome, EndOutcome, EndReason, ReviewProblem};

impl Orders {
    /// Cancels an order of a branch, as long as nothing of it was sent to the card management system.
    pub async fn cancel(&self, call: &Call, id: &OrderId, branch: &BranchId) -> Result<(), Error> {
        note_order(id);
        match self.end(call, id, EndReason::Cancelled(branch), None).await? {
            EndOutcome::Done => Ok(()),
            EndOutcome::NotFound => Err(Error::OrderNotFound),
            EndOutcome::Refused(status) => Err(Error::NotCancellable(status)),
            EndOutcome::Unreviewable(problem) => Err(refusal(problem, "cancelled")),
        }
    }

    /// Ends an order before it is sent, or says what that would answer if this is a dry run.
    async fn end(
        &self,
        call: &Call,
        id: &OrderId,
        reason: EndReason<'_>,
        note: Option<String>,
    ) -> Result<EndOutcome, Error> {
        if call.is_dry_run {
            return self.store.can_end_order(&call.tenant.id, id, reason, call.now).await;
        }
        let mut change = call.change(Some(Status::Received), Status::Cancelled, call.now);
        change.note = note.map(Into::into);
        let outcome = self.store.end_order(&call.tenant.id, id, reason, &change).await?;
        if outcome == EndOutcome::Done {
            note_change(Some(Status::Received), Status::Cancelled);
        }
        Ok(outcome)
    }

    /// Approves an order of a branch that awaits it; the approver must not have placed it.
    pub async fn approve(&self, call: &Call, id: &OrderId, branch: &BranchId) -> Result<(), Error> {
        note_order(id);
        let approved = match &call.principal {
            Some(by) if !call.is_dry_run => {
                let mut change = call.change(Some(Status::Received), Status::Received, call.now);
                change.note = Some("approved".into());
                self.store.approve_order(&call.tenant, id, branch, by, &change).await?
            }
            by => self.store.can_approve_order(&call.tenant, id, branch, by.as_ref(), call.now).await?,
        };
        answer(approved, "approved")
    }

    /// Rejects an order of a branch that awaits approval, which cancels it; the reviewer must not have placed it.
    pub async fn reject(&self, call: &Call, id: &OrderId, branch: &BranchId, reason: &Reason) -> Result<(), Error> {
        note_order(id);
        if self.has_card_number(call, id, reason).await? {
            return Err(Error::Invalid(Faults::one("reason must not contain a card number")));
        }
        let Some(by) = &call.principal else {
            let refused = self.store.can_approve_order(&call.tenant, id, branch, None, call.now).await?;
            return answer(refused, "rejected");
        };
        let end = EndReason::Rejected(branch, by, reason);
        match self.end(call, id, end, Some(reason.to_string())).await? {
            EndOutcome::Done => Ok(()),
            EndOutcome::NotFound => Err(Error::OrderNotFound),
            EndOutcome::Refused(status) => Err(Error::NotInState { status, asked: "rejected" }),
            EndOutcome::Unreviewable(problem) => Err(refusal(problem, "rejected")),
        }
    }
}

impl Orders {
    /// Whether a reason holds a card number of a BIN that the order or the tenant's product list has.
    async fn has_card_number(&self, call: &Call, id: &OrderId, reason: &Reason) -> Result<bool, Error> {
        let order = self.store.order(&call.tenant.id, id, call.now).await?;
        let of_lines = order.iter().flat_map(|order| order.lines.iter().map(|line| line.line.bin));
        let of_list = call.tenant.settings.products.iter().map(|product| product.bin);
        let bins: Vec<Bin> = of_lines.chain(of_list).collect();
        Ok(Guard::with_bins(&bins).is_in(reason.as_str()))
    }
}

fn answer(outcome: ApproveOutcome, asked: &'static str) -> Result<(), Error> {
    match outcome {
        ApproveOutcome::Done => Ok(()),
        ApproveOutcome::NotFound => Err(Error::OrderNotFound),
        ApproveOutcome::Refused(problem) => Err(refusal(problem, asked)),
    }
}

fn refusal(problem: ReviewProblem, asked: &'static str) -> Error {
    match problem {
        ReviewProblem::Status(status) => Error::NotInState { status, asked },
        ReviewProblem::NotRequired => Error::NotReviewable("Order requires no approval"),
        ReviewProblem::Approved => Error::NotReviewable("Order is approved already"),
        ReviewProblem::SamePerson => Error::SamePerson,
    }
}
