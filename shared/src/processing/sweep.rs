//! Many orders in one call: what is due, what may be asked for, what is stuck. Each order is seen once in a call, and a
//! call that runs out of time leaves the rest to the next.

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;

use super::{Asker, Done, Worker};
use crate::domain::{OrderId, Status, Step, Tenant};
use crate::error::{Error, chain};
use crate::store::{Rows, WorkOrder};

/// Orders that one call works on at a time.
const AT_ONCE: usize = 8;

/// What is done about each order.
#[derive(Debug, Clone, Copy)]
enum Work {
    /// Its next step.
    Advance,
    /// The card management system is asked for it.
    Poll,
    /// Its next step, if it is stuck.
    TakeUpStuck,
}

/// Whether there is time to begin with another order.
pub type HasTime<'a> = &'a (dyn Fn() -> bool + Sync);

/// What a call came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Orders on which a step was taken.
    pub handled: u32,
    /// Orders that the card management system did not answer for.
    pub unanswered: u32,
    /// Orders that were left because the breaker is open.
    pub refused: u32,
    /// Orders that could not be worked on: the store failed.
    pub failed: u32,
    /// Orders whose lease had ended longer ago than the threshold.
    pub stuck: u32,
    /// How long the longest due order that is RECEIVED was due, in seconds.
    pub oldest_received_seconds: u64,
}

impl Worker<'_> {
    /// Takes the next step of every order that is due.
    pub async fn sweep_due(&self, tenant: &Tenant, has_time: HasTime<'_>) -> Result<Swept, Error> {
        let rows = self.store.due_orders(tenant, self.clock.now());
        self.sweep(tenant, rows, has_time, Work::Advance).await
    }

    /// Asks for every order that the card management system has or may have.
    pub async fn sweep_pending(&self, tenant: &Tenant, has_time: HasTime<'_>) -> Result<Swept, Error> {
        let rows = self.store.orders_with_status(tenant, &[Status::Pending, Status::Processed], self.clock.now());
        self.sweep(tenant, rows, has_time, Work::Poll).await
    }

    /// Takes up every order that was left in the middle longer ago than the threshold.
    pub async fn sweep_stuck(&self, tenant: &Tenant, has_time: HasTime<'_>) -> Result<Swept, Error> {
        let rows = self.store.orders_with_status(tenant, &[Status::Pending], self.clock.now());
        self.sweep(tenant, rows, has_time, Work::TakeUpStuck).await
    }

    /// Takes the next step of the order that is due longest, if it leads to the card management system; `None`: none is
    /// due.
    pub async fn process_one(&self, tenant: &Tenant, has_time: HasTime<'_>) -> Result<Option<Done>, Error> {
        let mut rows = self.store.due_orders(tenant, self.clock.now());
        while has_time()
            && let Some(id) = rows.next_order().await?
        {
            let Some(order) = self.store.work_order(&tenant.id, &id).await? else { continue };
            let is_handed_over = match self.next_step(&order) {
                Step::Claim | Step::Reclaim | Step::Void | Step::Hold => true,
                Step::Expire => false,
                Step::Poll | Step::Scheduled | Step::Leased | Step::Held | Step::Ended => continue,
            };
            match self.advance(&order).await? {
                Done::Lost | Done::Idle(_) => {}
                done if is_handed_over => return Ok(Some(done)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Asks for the order that has waited longest of those that are due to be asked for; `None`: none is due. An order
    /// that was never acknowledged counts only if the card management system turns out to have it.
    pub async fn poll_one(&self, tenant: &Tenant, has_time: HasTime<'_>) -> Result<Option<Done>, Error> {
        let now = self.clock.now();
        let mut rows = self.store.orders_with_status(tenant, &[Status::Pending, Status::Processed], now);
        while has_time()
            && let Some(id) = rows.next_order().await?
        {
            let Some(order) = self.store.work_order(&tenant.id, &id).await? else { continue };
            match order.stage.status {
                Status::Pending | Status::Processed if order.is_acknowledged() && order.due_at() > Some(now) => {}
                Status::Pending | Status::Processed if order.is_acknowledged() => {
                    return self.poll(&order).await.map(Some);
                }
                Status::Pending if !order.stage.is_held => {
                    let done = self.poll(&order).await?;
                    let is_known = self.store.work_order(&tenant.id, &id).await?;
                    if is_known.is_some_and(|order| order.is_acknowledged() || order.stage.status.is_end()) {
                        return Ok(Some(done));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Whether an order was left in the middle longer ago than the threshold.
    fn is_stuck(&self, order: &WorkOrder, now: Timestamp) -> bool {
        let is_left = matches!(self.next_step(order), Step::Reclaim | Step::Void | Step::Hold);
        let since = order.stage.lease_until.filter(|_| is_left);
        since.is_some_and(|until| now.duration_since(until) >= self.processing.patience.stuck_after)
    }

    /// Works on the orders of rows, some at a time. An order that fails does not keep the others.
    async fn sweep(&self, tenant: &Tenant, mut rows: Rows, has_time: HasTime<'_>, work: Work) -> Result<Swept, Error> {
        let now = self.clock.now();
        let mut swept = Swept::default();
        let mut running = FuturesUnordered::new();
        let mut next = Ok(true);
        loop {
            while running.len() < AT_ONCE && matches!(next, Ok(true)) && has_time() {
                next = rows.next_order().await.map(|id| {
                    let id = id.map(|id| self.work_on(tenant, id, now, work));
                    id.map(|work| running.push(work)).is_some()
                });
            }
            let Some(one) = running.next().await else { break };
            swept.add(one);
        }
        // What was begun with has ended before an index that cannot be read is told.
        next.map(|_| swept)
    }

    fn work_on<'b>(&'b self, tenant: &'b Tenant, id: OrderId, now: Timestamp, work: Work) -> BoxFuture<'b, Swept> {
        Box::pin(async move {
            let mut swept = Swept::default();
            match self.work(tenant, &id, now, work, &mut swept).await {
                Ok(Done::Handled(_)) => swept.handled = 1,
                Ok(Done::Unanswered) => swept.unanswered = 1,
                Ok(Done::Refused) => swept.refused = 1,
                Ok(Done::Lost | Done::Idle(_)) => {}
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(chain);
                    tracing::error!(order.id = %id, %error, cause, "an order could not be worked on");
                    swept.failed = 1;
                }
            }
            swept
        })
    }

    async fn work(
        &self,
        tenant: &Tenant,
        id: &OrderId,
        now: Timestamp,
        work: Work,
        seen: &mut Swept,
    ) -> Result<Done, Error> {
        let Some(order) = self.store.work_order(&tenant.id, id).await? else { return Ok(Done::Lost) };
        if order.stage.status == Status::Received {
            let late = now.duration_since(order.stage.scheduled_at).as_secs();
            seen.oldest_received_seconds = u64::try_from(late).unwrap_or_default();
        }
        let is_stuck = self.is_stuck(&order, now);
        seen.stuck = u32::from(is_stuck);
        match work {
            Work::Advance => self.advance(&order).await,
            Work::Poll if matches!(order.stage.status, Status::Pending | Status::Processed) => {
                self.ask(&order, Asker::Sweep).await
            }
            Work::TakeUpStuck if is_stuck => self.advance(&order).await,
            Work::Poll | Work::TakeUpStuck => Ok(Done::Lost),
        }
    }
}

impl Swept {
    /// Tells the log. The alarms of the template are made of these lines.
    pub fn tell(&self, message: &'static str) {
        tracing::info!(
            handled = self.handled,
            unanswered = self.unanswered,
            refused = self.refused,
            failed = self.failed,
            stuck_orders = self.stuck,
            oldest_received_seconds = self.oldest_received_seconds,
            "{message}"
        );
    }

    fn add(&mut self, one: Self) {
        self.handled += one.handled;
        self.unanswered += one.unanswered;
        self.refused += one.refused;
        self.failed += one.failed;
        self.stuck += one.stuck;
        self.oldest_received_seconds = self.oldest_received_seconds.max(one.oldest_received_seconds);
    }
}
