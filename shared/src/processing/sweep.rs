//! Many orders per call: all that are due, all that can be polled, all that are stuck. Each order is worked on once per
//! call. A call that runs out of time leaves the rest to the next one, and an order that fails does not stop the others.

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;

use super::outcome::{Asker, StepOutcome};
use super::worker::Worker;
use crate::domain::{OrderId, Status, Step};
use crate::error::{Error, chain};
use crate::store::{Rows, WorkOrder};

/// How many orders one call works on at a time.
const AT_ONCE: usize = 8;
/// How many orders one call remembers for later.
const LATER_MAX: usize = 2_000;

/// What is done about each order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Its next step.
    Advance,
    /// A poll, if one is due; otherwise it is left for later.
    AskIfDue,
    /// A poll.
    Ask,
    /// Its next step, if it is stuck.
    TakeUpStuck,
}

/// Where the orders come from.
enum OrderSource {
    Rows(Box<Rows>),
    List(std::vec::IntoIter<OrderId>),
}

/// What came of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Orders on which a step was taken.
    pub handled: u32,
    /// Orders for which the CMS gave no usable answer.
    pub unanswered: u32,
    /// Orders that were left because the breaker is open.
    pub refused: u32,
    /// Orders that could not be worked on: the store failed.
    pub failed: u32,
    /// Orders whose lease ended longer ago than the threshold.
    pub stuck: u32,
    /// For how many seconds the most overdue RECEIVED order has been due.
    pub oldest_received_seconds: u64,
    /// For how many seconds the oldest order has been PENDING or PROCESSED.
    pub oldest_pending_seconds: u64,
}

/// What came of one order.
struct Seen {
    swept: Swept,
    /// It is left for later.
    later: Option<OrderId>,
}

impl OrderSource {
    async fn next(&mut self) -> Result<Option<OrderId>, Error> {
        match self {
            Self::Rows(rows) => rows.next_order().await,
            Self::List(ids) => Ok(ids.next()),
        }
    }
}

impl Worker<'_> {
    /// Takes the next step of every order that is due.
    pub async fn sweep_due(&self) -> Result<Swept, Error> {
        let rows = self.store().due_orders(self.tenant(), self.now());
        self.sweep(OrderSource::Rows(Box::new(rows)), Work::Advance).await.map(|(swept, _)| swept)
    }

    /// Polls every order that the CMS has or may have. Those whose poll is due come first, so that the next call continues
    /// where this one ran out of time.
    pub async fn sweep_pending(&self) -> Result<Swept, Error> {
        let rows = self.store().orders_with_status(self.tenant(), &[Status::Pending, Status::Processed], self.now());
        let (mut swept, later) = self.sweep(OrderSource::Rows(Box::new(rows)), Work::AskIfDue).await?;
        let (rest, _) = self.sweep(OrderSource::List(later.into_iter()), Work::Ask).await?;
        swept.add(rest);
        Ok(swept)
    }

    /// Takes the next step of every stuck order.
    pub async fn sweep_stuck(&self) -> Result<Swept, Error> {
        let rows = self.store().orders_with_status(self.tenant(), &[Status::Pending], self.now());
        self.sweep(OrderSource::Rows(Box::new(rows)), Work::TakeUpStuck).await.map(|(swept, _)| swept)
    }

    /// Whether a worker left the order unfinished longer ago than the threshold.
    fn is_stuck(&self, order: &WorkOrder, now: Timestamp) -> bool {
        let is_left = matches!(self.next_step(order), Step::Reclaim | Step::Void | Step::Hold);
        let since = order.state.lease_until.filter(|_| is_left);
        since.is_some_and(|until| now.duration_since(until) >= self.processing.policy.stuck_after)
    }

    /// Works on orders, some at a time. Returns what came of it, and the orders left for later.
    async fn sweep(&self, mut source: OrderSource, work: Work) -> Result<(Swept, Vec<OrderId>), Error> {
        let now = self.now();
        let (mut swept, mut later) = (Swept::default(), Vec::new());
        let mut running = FuturesUnordered::new();
        let mut next = Ok(true);
        loop {
            while running.len() < AT_ONCE && matches!(next, Ok(true)) && self.call.deadline.has_time() {
                next = source.next().await.map(|id| {
                    let id = id.map(|id| self.work_on(id, now, work));
                    id.map(|work| running.push(work)).is_some()
                });
            }
            let Some(one) = running.next().await else { break };
            swept.add(one.swept);
            later.extend(one.later.filter(|_| later.len() < LATER_MAX));
        }
        // Orders under way are finished before an index that cannot be read is reported.
        next.map(|_| (swept, later))
    }

    fn work_on(&self, id: OrderId, now: Timestamp, work: Work) -> BoxFuture<'_, Seen> {
        Box::pin(async move {
            let mut seen = Seen { swept: Swept::default(), later: None };
            match self.work(&id, now, work, &mut seen).await {
                Ok(StepOutcome::Handled(_)) => seen.swept.handled = 1,
                Ok(StepOutcome::Unanswered) => seen.swept.unanswered = 1,
                Ok(StepOutcome::Refused) => seen.swept.refused = 1,
                Ok(StepOutcome::Lost | StepOutcome::Idle(_)) => {}
                Err(error) => {
                    log_failure(&id, &error);
                    seen.swept.failed = 1;
                }
            }
            seen
        })
    }

    async fn work(&self, id: &OrderId, now: Timestamp, work: Work, seen: &mut Seen) -> Result<StepOutcome, Error> {
        let Some(order) = self.store().work_order(&self.tenant().id, id).await? else { return Ok(StepOutcome::Lost) };
        let seconds_since = |at: Timestamp| u64::try_from(now.duration_since(at).as_secs()).unwrap_or_default();
        let is_pending = matches!(order.state.status, Status::Pending | Status::Processed);
        if order.state.awaits_approval() {
            // Late is what could have been sent.
        } else if order.state.status == Status::Received {
            seen.swept.oldest_received_seconds = seconds_since(order.due_since());
        } else if is_pending {
            seen.swept.oldest_pending_seconds = seconds_since(order.since());
        }
        let is_stuck = self.is_stuck(&order, now);
        seen.swept.stuck = u32::from(is_stuck);
        match work {
            Work::Advance => self.advance(&order).await,
            Work::TakeUpStuck if is_stuck => self.advance(&order).await,
            Work::Ask if is_pending => self.ask(&order, Asker::Sweep).await,
            Work::AskIfDue if is_pending && order.is_due_to_be_asked_for(now) => self.ask(&order, Asker::Caller).await,
            Work::AskIfDue if is_pending => {
                seen.later = Some(id.clone());
                Ok(StepOutcome::Lost)
            }
            Work::Ask | Work::AskIfDue | Work::TakeUpStuck => Ok(StepOutcome::Lost),
        }
    }
}

/// Logs that an order could not be worked on.
pub(super) fn log_failure(id: &OrderId, error: &Error) {
    let cause = std::error::Error::source(error).map(chain);
    tracing::error!(order.id = %id, %error, cause, "an order could not be worked on");
}

impl Swept {
    /// Logs the sums. The template's metrics are made of these lines.
    pub fn log(&self, message: &'static str) {
        tracing::info!(
            handled = self.handled,
            unanswered = self.unanswered,
            refused = self.refused,
            failed = self.failed,
            stuck_orders = self.stuck,
            oldest_received_seconds = self.oldest_received_seconds,
            oldest_pending_seconds = self.oldest_pending_seconds,
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
        self.oldest_pending_seconds = self.oldest_pending_seconds.max(one.oldest_pending_seconds);
    }
}
