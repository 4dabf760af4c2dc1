//! What needs somebody's attention, in groups. Counts come from the indexes; what is shown is read, and a row of an index
//! that turns out to be out of date is not counted.

use futures_util::future::try_join_all;
use jiff::SignedDuration;

use super::context::Orders;
use crate::call::Call;
use crate::domain::{FileStatus, LATE_AFTER, ListedFile, OrderId, OrderView, SENT_OFTEN, Status};
use crate::error::Error;
use crate::store::{COUNT_MAX, Overdue, Suspects};

/// Why something needs attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttentionKind {
    /// Nothing moves these orders until somebody acts.
    OnHold,
    /// Sent, and without an answer for too long or too often.
    Stuck,
    /// Due and not picked up.
    Late,
    /// Failed lately.
    Failed,
    /// Files that became invalid lately.
    InvalidFile,
    /// A second person must review these orders.
    AwaitingApproval,
}

/// What needs attention for one reason.
#[derive(Debug)]
pub struct AttentionGroup {
    /// The reason.
    pub kind: AttentionKind,
    /// How many there are, up to 100.
    pub count: usize,
    /// Whether there may be more.
    pub has_more: bool,
    /// The first of them.
    pub rows: AttentionRows,
}

/// The first of a group.
#[derive(Debug)]
pub enum AttentionRows {
    /// Orders.
    Orders(Vec<OrderView>),
    /// Files.
    Files(Vec<ListedFile>),
}

impl Orders {
    /// Returns what needs attention, at most `limit` rows for each reason. An order is stuck that is overdue for longer than
    /// `stuck_after`.
    pub async fn attention(
        &self,
        call: &Call,
        limit: usize,
        stuck_after: SignedDuration,
    ) -> Result<Vec<AttentionGroup>, Error> {
        use AttentionKind::{AwaitingApproval, Failed, Late, OnHold, Stuck};
        let (store, tenant, now) = (&self.store, &call.tenant, call.now);
        let (held, overdue, failed, invalid, unapproved) = tokio::try_join!(
            store.orders_on_hold(tenant),
            store.overdue_orders(tenant, now, stuck_after),
            store.failed_orders(tenant, now),
            store.invalid_files(tenant, now),
            store.orders_to_approve(tenant, now),
        )?;
        let Overdue { late, stuck } = overdue;
        let age = |at| now.duration_since(at);
        let is_stuck = |order: &OrderView| {
            let is_overdue = order.next_action_at.is_some_and(|at| age(at) > stuck_after);
            let is_unanswered = !order.is_acknowledged && order.attempts >= SENT_OFTEN;
            order.status == Status::Pending && order.hold.is_none() && (is_unanswered || is_overdue)
        };
        let is_late = |order: &OrderView| {
            order.status == Status::Received && !order.awaits_approval() && age(order.due_since()) > LATE_AFTER
        };
        let unapproved_still = |order: &OrderView| order.status == Status::Received && order.awaits_approval();
        let late = self.confirm(call, late, limit, is_late).await?;
        // An order that was sent has the row of one that was not, until its first poll.
        let sent: Vec<OrderView> = late.others.iter().filter(|order| is_stuck(order)).cloned().collect();
        let stuck = self.confirm(call, stuck, limit, is_stuck).await?.with(sent, limit);
        Ok(vec![
            self.confirm(call, held, limit, |order| order.hold.is_some()).await?.group(OnHold),
            stuck.group(Stuck),
            late.group(Late),
            self.confirm(call, failed, limit, |order| order.status == Status::Failed).await?.group(Failed),
            self.invalid(call, invalid, limit).await?,
            self.confirm(call, unapproved, limit, unapproved_still).await?.group(AwaitingApproval),
        ])
    }

    /// Reads the first suspects that belong to their group.
    async fn confirm(
        &self,
        call: &Call,
        suspects: Suspects<OrderId>,
        limit: usize,
        belongs: impl Fn(&OrderView) -> bool,
    ) -> Result<Confirmed, Error> {
        let mut confirmed =
            Confirmed { count: suspects.found.len(), has_more: suspects.has_more, ..Confirmed::default() };
        let mut suspects = suspects.found.into_iter();
        loop {
            let batch: Vec<OrderId> = suspects.by_ref().take(limit - confirmed.shown.len()).collect();
            if batch.is_empty() {
                return Ok(confirmed);
            }
            let reads = batch.iter().map(|id| self.store.order(&call.tenant.id, id, call.now));
            let (shown, others): (Vec<_>, Vec<_>) =
                try_join_all(reads).await?.into_iter().partition(|order| order.as_ref().is_some_and(&belongs));
            confirmed.count -= others.len();
            confirmed.shown.extend(shown.into_iter().flatten());
            confirmed.others.extend(others.into_iter().flatten());
        }
    }

    async fn invalid(&self, call: &Call, suspects: Suspects<String>, limit: usize) -> Result<AttentionGroup, Error> {
        let Suspects { found, has_more } = suspects;
        let (mut count, mut suspects, mut files) = (found.len(), found.into_iter(), Vec::new());
        loop {
            let batch: Vec<String> = suspects.by_ref().take(limit - files.len()).collect();
            if batch.is_empty() {
                let rows = AttentionRows::Files(files);
                return Ok(AttentionGroup { kind: AttentionKind::InvalidFile, count, has_more, rows });
            }
            let read = try_join_all(batch.iter().map(|entry| self.store.invalid_file(&call.tenant.id, entry))).await?;
            let invalid = read.iter().flatten().filter(|file| file.status == FileStatus::Invalid).cloned();
            let shown = files.len();
            files.extend(invalid);
            count -= batch.len() - (files.len() - shown);
        }
    }
}

/// The suspects of a group, after the first were read.
#[derive(Default)]
struct Confirmed {
    /// How many there are, without those that turned out not to belong to it.
    count: usize,
    has_more: bool,
    /// The first that belong to it.
    shown: Vec<OrderView>,
    /// Those that were read and do not.
    others: Vec<OrderView>,
}

impl Confirmed {
    /// Adds orders that were found among the suspects of another group.
    fn with(mut self, orders: Vec<OrderView>, limit: usize) -> Self {
        self.has_more |= self.count + orders.len() > COUNT_MAX;
        self.count = COUNT_MAX.min(self.count + orders.len());
        self.shown.extend(orders);
        self.shown.sort_by_key(|order| order.next_action_at);
        self.shown.truncate(limit);
        self
    }

    fn group(self, kind: AttentionKind) -> AttentionGroup {
        AttentionGroup { kind, count: self.count, has_more: self.has_more, rows: AttentionRows::Orders(self.shown) }
    }
}
