//! The review of an order by a second person. An approval lies before the one-way door to PENDING: the condition of the
//! claim is the only gate, and an approval is never taken back.

use jiff::Timestamp;

use super::super::expression::{Condition, ItemUpdate, Write, above, differs, equal};
use super::super::item::{EventItem, OrderItem, from_attributes, name};
use super::super::keys::{self, Shelf, Waiting};
use super::super::{Read, Store, new_attempt, number, text, unreadable};
use super::history::event_order;
use super::{READING, effective_status, is, update_order};
use crate::domain::{ApprovalState, BranchId, Change, OrderId, Principal, Status, Tenant};
use crate::error::Error;

const APPROVING: &str = "approving an order";

/// Why an order cannot be reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewProblem {
    /// It has this status.
    Status(Status),
    /// It requires no approval.
    NotRequired,
    /// It was approved before.
    Approved,
    /// The reviewer placed it, or it is not known who did, or who reviews it.
    SamePerson,
}

/// What came of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApproveOutcome {
    /// The order is approved.
    Done,
    /// There is no such order for this branch.
    NotFound,
    /// It cannot be approved.
    Refused(ReviewProblem),
}

impl Store {
    /// Approves an order that awaits it.
    pub async fn approve_order(
        &self,
        tenant: &Tenant,
        id: &OrderId,
        branch: &BranchId,
        by: &Principal,
        change: &Change,
    ) -> Result<ApproveOutcome, Error> {
        let Some(item) = self.order_to_review(tenant, id, branch).await? else { return Ok(ApproveOutcome::NotFound) };
        let attempt = new_attempt();
        let write = approve(tenant, id, &item, by, change, &attempt)?;
        let outcome = self.of(&tenant.id).await?.commit(APPROVING, [write], &attempt).await?;
        if outcome.is_written() {
            return Ok(ApproveOutcome::Done);
        }
        let Some(item) = outcome.refused_by::<OrderItem>()? else { return Ok(ApproveOutcome::NotFound) };
        let status = effective_status(&item, change.at).map_err(unreadable(APPROVING))?;
        review_problem(&item, Some(by), status).map(ApproveOutcome::Refused).ok_or_else(|| Error::Internal {
            doing: APPROVING,
            source: "the order refuses an approval for no known reason".into(),
        })
    }

    /// Returns what approving an order would answer, and writes nothing.
    pub async fn can_approve_order(
        &self,
        tenant: &Tenant,
        id: &OrderId,
        branch: &BranchId,
        by: Option<&Principal>,
        now: Timestamp,
    ) -> Result<ApproveOutcome, Error> {
        let Some(item) = self.order_to_review(tenant, id, branch).await? else { return Ok(ApproveOutcome::NotFound) };
        let status = effective_status(&item, now).map_err(unreadable(APPROVING))?;
        Ok(review_problem(&item, by, status).map_or(ApproveOutcome::Done, ApproveOutcome::Refused))
    }

    async fn order_to_review(
        &self,
        tenant: &Tenant,
        id: &OrderId,
        branch: &BranchId,
    ) -> Result<Option<OrderItem>, Error> {
        let item =
            self.of(&tenant.id).await?.get(READING, keys::order(&tenant.id, id), keys::ALONE, Read::Consistent).await?;
        let item: Option<OrderItem> = item.map(from_attributes).transpose().map_err(unreadable(READING))?;
        Ok(item.filter(|item| item.branch == *branch))
    }
}

/// The write that approves an order. Of the item that was read it needs what never changes.
fn approve(
    tenant: &Tenant,
    id: &OrderId,
    item: &OrderItem,
    by: &Principal,
    change: &Change,
    attempt: &str,
) -> Result<Write, Error> {
    let received_at = keys::row_instant(&item.gsi3sk).unwrap_or(change.at);
    let by_status = keys::by_status(&tenant.id, Shelf::Of(Status::Received), item.status_shard, received_at, id);
    let scheduled_at = item.state().map_err(unreadable(APPROVING))?.scheduled_at;
    // Late is what nobody picks up after it was approved.
    let due = keys::by_due(&tenant.id, item.due_shard, scheduled_at.max(change.at), id, Waiting::Received);
    let event = EventItem::of_approval(event_order(&tenant.id, id, item), change);
    let update = reviewed(update_order(&tenant.id, id, attempt), ApprovalState::Approved, by, change.at)
        .append_change(change)?
        .with_event(APPROVING, &event)?
        .listed(by_status)
        .due(due)
        .when(is(Status::Received))
        .when(above(name::VALID_UNTIL, number(change.at.as_second())));
    Ok(Write::Update(update))
}

/// Sets the outcome of a review, if a second person's is required and nobody's was given.
pub(super) fn reviewed(update: ItemUpdate, state: ApprovalState, by: &Principal, at: Timestamp) -> ItemUpdate {
    update
        .set(name::APPROVAL, text(state.as_str()))
        .set(name::REVIEWED_BY, text(by.as_str()))
        .set(name::REVIEWED_AT, number(at.as_millisecond()))
        .when(equal(name::APPROVAL, text(ApprovalState::Required.as_str())))
        .when(Condition::Present(name::MAKER))
        .when(differs(name::MAKER, text(by.as_str())))
}

/// Why an order with this status cannot be reviewed by this person.
pub(super) fn review_problem(item: &OrderItem, by: Option<&Principal>, status: Status) -> Option<ReviewProblem> {
    match (status, item.approval) {
        (Status::Received, None) => Some(ReviewProblem::NotRequired),
        (Status::Received, Some(ApprovalState::Required)) => {
            let is_second = by.is_some_and(|by| item.maker.as_ref().is_some_and(|maker| maker != by));
            (!is_second).then_some(ReviewProblem::SamePerson)
        }
        (Status::Received, Some(_)) => Some(ReviewProblem::Approved),
        (status, _) => Some(ReviewProblem::Status(status)),
    }
}
