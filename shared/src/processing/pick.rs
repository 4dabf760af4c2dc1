//! One order per call: the one that has been due longest, or that has waited longest for a poll.

use futures_util::future::join_all;

use super::outcome::StepOutcome;
use super::sweep::log_failure;
use super::worker::Worker;
use crate::domain::{Status, Step};
use crate::error::Error;
use crate::store::{Rows, WorkOrder};

/// How many orders are read at a time while looking for one.
const READ_AT_ONCE: usize = 16;
/// How many orders that the CMS may not have are polled to find one that it has.
const DOUBTFUL_MAX: usize = 16;

impl Worker<'_> {
    /// Takes the next step of the order that has been due longest, if that step calls the CMS. Returns `None` where no
    /// order is due.
    pub async fn process_one(&self) -> Result<Option<StepOutcome>, Error> {
        let mut rows = self.store().due_orders(self.tenant(), self.now());
        while let Some(orders) = self.next_orders(&mut rows).await? {
            for order in orders {
                let is_handed_over = match self.next_step(&order) {
                    Step::Claim | Step::Reclaim | Step::Void | Step::Hold => true,
                    Step::Expire => false,
                    Step::Poll | Step::AwaitApproval | Step::Scheduled | Step::Leased | Step::Held | Step::Ended => {
                        continue;
                    }
                };
                match alone(&order, self.advance(&order).await)? {
                    StepOutcome::Lost | StepOutcome::Idle(_) => {}
                    done if is_handed_over => return Ok(Some(done)),
                    _ => {}
                }
            }
            if !self.call.deadline.has_time() {
                return Err(out_of_time());
            }
        }
        Ok(None)
    }

    /// Polls the order that has waited longest for it. Returns `None` where no poll is due. Orders that were never
    /// acknowledged come last, and count only if the CMS turns out to have one.
    pub async fn poll_one(&self) -> Result<Option<StepOutcome>, Error> {
        let now = self.now();
        let mut rows = self.store().orders_with_status(self.tenant(), &[Status::Pending, Status::Processed], now);
        let mut doubtful = Vec::new();
        while let Some(orders) = self.next_orders(&mut rows).await? {
            for order in orders {
                match order.state.status {
                    Status::Pending | Status::Processed if order.is_due_to_be_asked_for(now) => {
                        return alone(&order, self.poll(&order).await).map(Some);
                    }
                    Status::Pending if order.is_unacknowledged() && doubtful.len() < DOUBTFUL_MAX => {
                        doubtful.push(order);
                    }
                    _ => {}
                }
            }
            if !self.call.deadline.has_time() {
                return Err(out_of_time());
            }
        }
        self.find_one(doubtful).await
    }

    /// Polls orders until the CMS has one of them.
    async fn find_one(&self, doubtful: Vec<WorkOrder>) -> Result<Option<StepOutcome>, Error> {
        let mut unanswered = None;
        for order in doubtful {
            if !self.call.deadline.has_time() {
                break;
            }
            match alone(&order, self.poll(&order).await)? {
                done @ (StepOutcome::Unanswered | StepOutcome::Refused) => unanswered = Some(done),
                done => {
                    let after = self.store().work_order(&order.tenant, &order.id).await?;
                    if after.is_some_and(|after| !after.is_unacknowledged()) {
                        return Ok(Some(done));
                    }
                }
            }
        }
        Ok(unanswered)
    }

    /// Reads the orders of the next rows. Returns `None` after the last row.
    async fn next_orders(&self, rows: &mut Rows) -> Result<Option<Vec<WorkOrder>>, Error> {
        let mut ids = Vec::with_capacity(READ_AT_ONCE);
        while ids.len() < READ_AT_ONCE
            && let Some(id) = rows.next_order().await?
        {
            ids.push(id);
        }
        if ids.is_empty() {
            return Ok(None);
        }
        let mut orders = Vec::with_capacity(ids.len());
        let reads = join_all(ids.iter().map(|id| self.store().work_order(&self.tenant().id, id))).await;
        for (id, read) in ids.iter().zip(reads) {
            match read {
                Err(error @ Error::Internal { .. }) => log_failure(id, &error),
                read => orders.extend(read?),
            }
        }
        Ok(Some(orders))
    }
}

/// Logs an order whose own data are broken, so that the others go on.
fn alone(order: &WorkOrder, done: Result<StepOutcome, Error>) -> Result<StepOutcome, Error> {
    match done {
        Err(error @ Error::Internal { .. }) => {
            log_failure(&order.id, &error);
            Ok(StepOutcome::Lost)
        }
        done => done,
    }
}

fn out_of_time() -> Error {
    Error::Unavailable { doing: "looking for an order that is due", source: "there are too many that are not".into() }
}
