//! Ends an order before it is sent: its branch cancels it, a second person rejects it, or it expires. A file that it took
//! is freed.

use jiff::Timestamp;

use super::super::expression::{Condition, ItemUpdate, Write, above, at_most, equal};
use super::super::file::free_file;
use super::super::item::{EventOrder, OrderItem, from_attributes, name};
use super::super::keys::{self, Shelf};
use super::super::write::WriteOutcome;
use super::super::{Read, Store, new_attempt, number, text, unreadable};
use super::review::{review_problem, reviewed};
use super::{READING, ReviewProblem, WorkOrder, effective_status, is, update_order};
use crate::domain::{ApprovalState, BranchId, Change, FileName, OrderId, Principal, Reason, Status, TenantId};
use crate::error::Error;

const ENDING: &str = "ending an order before it is sent";

/// Why an order ends before it is sent.
#[derive(Debug, Clone, Copy)]
pub enum EndReason<'a> {
    /// This branch, which must have placed it, cancels it.
    Cancelled(&'a BranchId),
    /// This person, who must not have placed it, rejects it. Approval must be required and not given.
    Rejected(&'a BranchId, &'a Principal, &'a Reason),
    /// It is past its validity.
    Expired(&'a WorkOrder),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndOutcome {
    /// The order has ended.
    Done,
    /// There is no such order for this branch.
    NotFound,
    /// The order is in a state in which it cannot end this way.
    Refused(Status),
    /// It cannot be rejected, for this reason.
    Unreviewable(ReviewProblem),
}

impl EndReason<'_> {
    /// The branch that must have placed it.
    fn branch(&self) -> &BranchId {
        match self {
            Self::Cancelled(branch) | Self::Rejected(branch, ..) => branch,
            Self::Expired(order) => &order.item.branch,
        }
    }
}

impl Store {
    /// Ends an order that is RECEIVED: it may be cancelled or rejected while it is valid; after that it expires.
    pub async fn end_order(
        &self,
        tenant: &TenantId,
        id: &OrderId,
        reason: EndReason<'_>,
        change: &Change,
    ) -> Result<EndOutcome, Error> {
        // Most orders are one item without a file, and one write is enough; the item that refuses it says what else it has.
        let attempt = new_attempt();
        let alone = end(tenant, id, reason, change, None, &attempt)?;
        let alone = self.retention.set_on(alone, change.at);
        let alone = if self.retention.is_limited() { alone.when(Condition::Present(name::BODY)) } else { alone };
        let item = match self.of(tenant).await?.commit(ENDING, [Write::Update(alone)], &attempt).await? {
            WriteOutcome::Refused(old) => match refusal(old.read()?, reason, change.at)? {
                (_, Some(item)) => item,
                (outcome, None) => return Ok(outcome),
            },
            WriteOutcome::Written | WriteOutcome::OtherRefused => return Ok(EndOutcome::Done),
        };
        let attempt = new_attempt();
        let order = end(tenant, id, reason, change, item.file.as_ref(), &attempt)?;
        let order = Write::Update(self.retention.set_on(order, change.at));
        let file = item.file.as_ref().map(|file| free_file(tenant, file, id, &attempt));
        let body = self.retention.body_write(&item, change.at);
        match self.of(tenant).await?.commit(ENDING, [Some(order), file, body].into_iter().flatten(), &attempt).await? {
            WriteOutcome::Written => Ok(EndOutcome::Done),
            WriteOutcome::Refused(old) => match refusal(old.read()?, reason, change.at)? {
                (outcome, None) => Ok(outcome),
                (_, Some(_)) => Err(broken_link()),
            },
            WriteOutcome::OtherRefused => Err(broken_link()),
        }
    }

    /// Returns what ending an order would answer, and writes nothing.
    pub async fn can_end_order(
        &self,
        tenant: &TenantId,
        id: &OrderId,
        reason: EndReason<'_>,
        now: Timestamp,
    ) -> Result<EndOutcome, Error> {
        let item = self.of(tenant).await?.get(READING, keys::order(tenant, id), keys::ALONE, Read::Consistent).await?;
        let item = item.map(from_attributes).transpose().map_err(unreadable(READING))?;
        Ok(match refusal(item, reason, now)? {
            (EndOutcome::Refused(Status::Received), _) => EndOutcome::Done,
            (outcome, _) => outcome,
        })
    }
}

/// The update that ends an order that has this file, or none.
fn end(
    tenant: &TenantId,
    id: &OrderId,
    reason: EndReason<'_>,
    change: &Change,
    file: Option<&FileName>,
    attempt: &str,
) -> Result<ItemUpdate, Error> {
    let now = number(change.at.as_second());
    let branch = reason.branch();
    let update = update_order(tenant, id, attempt)
        .set(name::STATUS, text(change.to.as_str()))
        .append_change(change)?
        .with_status_event(EventOrder { tenant, id, file }, change)?
        .when(is(Status::Received))
        .when(equal(name::BRANCH, text(branch.as_str())))
        .when(file.map_or(Condition::Absent(name::FILE), |file| equal(name::FILE, text(file.as_str()))));
    Ok(match reason {
        EndReason::Cancelled(_) => update.ended(None).when(above(name::VALID_UNTIL, now)),
        EndReason::Rejected(_, by, why) => {
            let update = reviewed(update, ApprovalState::Rejected, by, change.at);
            update.set(name::REASON, text(why.as_str())).ended(None).when(above(name::VALID_UNTIL, now))
        }
        EndReason::Expired(order) => {
            let (shelf, since) = (Shelf::Of(Status::Expired), order.state.valid_until);
            let row = keys::by_status(tenant, shelf, order.item.status_shard, since, id);
            update.ended(Some(row)).when(at_most(name::VALID_UNTIL, now))
        }
    })
}

/// Why the item cannot end this way; with the item, if all that was in the way is what else belongs to the order.
fn refusal(
    item: Option<OrderItem>,
    reason: EndReason<'_>,
    now: Timestamp,
) -> Result<(EndOutcome, Option<OrderItem>), Error> {
    let Some(item) = item.filter(|item| item.branch == *reason.branch()) else {
        return Ok((EndOutcome::NotFound, None));
    };
    let effective = effective_status(&item, now).map_err(unreadable(ENDING))?;
    let is_open = match reason {
        EndReason::Cancelled(_) => effective == Status::Received,
        EndReason::Rejected(_, by, _) => match review_problem(&item, Some(by), effective) {
            Some(problem) => return Ok((EndOutcome::Unreviewable(problem), None)),
            None => true,
        },
        EndReason::Expired(_) => item.status == Status::Received && effective == Status::Expired,
    };
    Ok((EndOutcome::Refused(effective), is_open.then_some(item)))
}

fn broken_link() -> Error {
    Error::Internal { doing: ENDING, source: "the file that the order names is not linked to it".into() }
}
