//! What needs somebody's attention, in groups. Counts come from the indexes; what is shown is read, and a row of an index
//! that turns out to be out of date is not counted.

use futures_util::future::{BoxFuture, try_join_all};
use jiff::SignedDuration;

use super::context::Orders;
use crate::call::Call;
use crate::domain::{FileStatus, LATE_AFTER, ListedFile, OrderId, OrderView, SENT_OFTEN, Status};
use crate::error::Error;
use crate::store::{Overdue, Suspects};

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
        use AttentionKind::{AwaitingApproval, Failed, InvalidFile, Late, OnHold, Stuck};
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
        Ok(vec![
            self.group(call, OnHold, held, limit, |order| order.hold.is_some()).await?,
            self.group(call, Stuck, stuck, limit, is_stuck).await?,
            self.group(call, Late, late, limit, is_late).await?,
            self.group(call, Failed, failed, limit, |order| order.status == Status::Failed).await?,
            self.files_group(call, InvalidFile, invalid, limit).await?,
            self.group(call, AwaitingApproval, unapproved, limit, |order| {
                order.status == Status::Received && order.awaits_approval()
            })
            .await?,
        ])
    }

    async fn group(
        &self,
        call: &Call,
        kind: AttentionKind,
        suspects: Suspects<OrderId>,
        limit: usize,
        belongs: impl Fn(&OrderView) -> bool + Sync,
    ) -> Result<AttentionGroup, Error> {
        let (has_more, belongs) = (suspects.has_more, &belongs);
        let read = |id: OrderId| -> Confirming<'_, OrderView> {
            Box::pin(async move {
                let order = self.store.order(&call.tenant.id, &id, call.now).await?;
                Ok(order.filter(belongs))
            })
        };
        let (count, orders) = first_of(suspects, limit, read).await?;
        Ok(AttentionGroup { kind, count, has_more, rows: AttentionRows::Orders(orders) })
    }

    async fn files_group(
        &self,
        call: &Call,
        kind: AttentionKind,
        suspects: Suspects<String>,
        limit: usize,
    ) -> Result<AttentionGroup, Error> {
        let has_more = suspects.has_more;
        let read = |entry: String| -> Confirming<'_, ListedFile> {
            Box::pin(async move {
                let file = self.store.invalid_file(&call.tenant.id, &entry).await?;
                Ok(file.filter(|file| file.status == FileStatus::Invalid))
            })
        };
        let (count, files) = first_of(suspects, limit, read).await?;
        Ok(AttentionGroup { kind, count, has_more, rows: AttentionRows::Files(files) })
    }
}

/// A suspect being read; `None`: it does not belong to its group.
type Confirming<'a, T> = BoxFuture<'a, Result<Option<T>, Error>>;

/// Reads the first suspects that are confirmed. Returns how many there are without those that were not, and the first.
async fn first_of<'a, S, T>(
    suspects: Suspects<S>,
    limit: usize,
    read: impl Fn(S) -> Confirming<'a, T>,
) -> Result<(usize, Vec<T>), Error> {
    let (mut count, mut shown) = (suspects.found.len(), Vec::new());
    let mut suspects = suspects.found.into_iter();
    loop {
        let batch: Vec<S> = suspects.by_ref().take(limit - shown.len()).collect();
        if batch.is_empty() {
            return Ok((count, shown));
        }
        let read = try_join_all(batch.into_iter().map(&read)).await?;
        count -= read.iter().filter(|confirmed| confirmed.is_none()).count();
        shown.extend(read.into_iter().flatten());
    }
}
