//! Facts from the card management system. They are recorded whoever holds the lease, and only they lead out of PENDING.

use aws_sdk_dynamodb::types::AttributeValue;

use super::super::expression::{ItemUpdate, Write, equal};
use super::super::file::free_file;
use super::super::item::{LineItem, OrderItem, name, to_attributes};
use super::super::keys::{Shelf, Waiting};
use super::super::write::WriteOutcome;
use super::super::{Store, keys, new_attempt, number, text, unreadable};
use super::history::with_change;
use super::{WorkOrder, update_order};
use crate::domain::{Change, Fact, Status};
use crate::error::Error;

const RECORDING: &str = "recording a fact from the card management system";
/// How often a fact is applied again to an item that changed meanwhile.
const ROUNDS_MAX: u32 = 8;

/// What came of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordOutcome {
    /// It was written, and the order went from one status to the other. They are the same if only a line moved.
    Written {
        /// Before.
        from: Status,
        /// After.
        to: Status,
    },
    /// It was known already.
    Known(Status),
    /// The order had ended before.
    Ended(Status),
}

impl Store {
    /// Records a fact; `change` makes the change of status, if there is one. If the fact leaves the kits of the order's
    /// file unused, the file is freed in the same transaction.
    pub async fn record_fact(
        &self,
        order: &WorkOrder,
        fact: &Fact,
        change: impl Fn(Status, Status) -> Change,
    ) -> Result<RecordOutcome, Error> {
        let mut item = order.item.clone();
        let mut frees_file = true;
        for _ in 0..ROUNDS_MAX {
            if fact.contradicts(&item.line_statuses()) {
                tracing::error!(order.id = %order.id, "the card management system contradicts itself");
            }
            if !matches!(item.status, Status::Pending | Status::Processed) {
                return Ok(RecordOutcome::Ended(item.status));
            }
            let from = item.status;
            let statuses = fact.apply(&item.line_statuses());
            let to = Status::roll_up(&statuses);
            let attempt = new_attempt();
            let update = update_order(&order.tenant, &order.id, &attempt);
            let Some(update) = news(update, &item, fact, &statuses, to)? else { return Ok(RecordOutcome::Known(from)) };
            let file = item.file.as_ref().filter(|_| to == Status::Failed && fact.leaves_kits_unused && frees_file);
            let update =
                if file.is_some() { update.set(name::FILE_IS_FREE, AttributeValue::Bool(true)) } else { update };
            let mut writes = self.fact_writes(order, &item, update, &change(from, to)).await?;
            writes.extend(file.map(|file| free_file(&order.tenant, file, &order.id, &attempt)));
            match self.of(&order.tenant).await?.commit(RECORDING, writes, &attempt).await? {
                WriteOutcome::Written => return Ok(RecordOutcome::Written { from, to }),
                WriteOutcome::Refused(old) => {
                    let gone = Error::Internal { doing: RECORDING, source: "the order is gone".into() };
                    item = old.read()?.ok_or(gone)?;
                }
                // The fact counts for more than the link.
                WriteOutcome::OtherRefused => {
                    tracing::error!(order.id = %order.id, "the file that the order names is not linked to it");
                    frees_file = false;
                }
            }
        }
        Err(Error::Unavailable { doing: RECORDING, source: "the order kept changing".into() })
    }

    async fn fact_writes(
        &self,
        order: &WorkOrder,
        item: &OrderItem,
        update: ItemUpdate,
        change: &Change,
    ) -> Result<Vec<Write>, Error> {
        // The version stands for the status: it was PENDING or PROCESSED when the item was read.
        let update =
            in_the_indexes(update, order, item, change).when(equal(name::VERSION, number(item.version.cast_signed())));
        if change.from == Some(change.to) {
            return Ok(vec![Write::Update(update.without_event())]);
        }
        let update = update.set(name::STATUS, text(change.to.as_str()));
        if !change.to.is_end() {
            return with_change(update, &order.tenant, &order.id, item, change);
        }
        let update = self.retention.set_on(update, change.at);
        let writes = with_change(update, &order.tenant, &order.id, item, change)?;
        self.end_parts(writes, &order.tenant, item, change.at).await
    }
}

/// Moves the order's rows in the indexes to match the fact.
fn in_the_indexes(update: ItemUpdate, order: &WorkOrder, item: &OrderItem, change: &Change) -> ItemUpdate {
    let row = |since| keys::by_status(&order.tenant, Shelf::Of(change.to), item.status_shard, since, &order.id);
    if change.to.is_end() {
        // What failed stays in the index, so that it can be listed.
        return update.ended((change.to == Status::Failed).then(|| row(change.at)));
    }
    let mut update = update;
    if change.from != Some(change.to) {
        update = update.listed(row(change.at));
    } else if item.hold.is_some() {
        update = update.listed(row(item.gsi1sk.as_deref().and_then(keys::row_instant).unwrap_or(change.at)));
    }
    // An order that was on hold becomes due again, one that was stuck no longer is, and one that is PROCESSED
    // is polled again.
    let was_stuck = item.lease_until_s.is_some() && Waiting::sent(item.attempts) == Waiting::SentOften;
    if item.hold.is_some() || was_stuck || change.from != Some(change.to) {
        let waiting = Waiting::Acknowledged;
        update = update.due(keys::by_due(&order.tenant, item.due_shard, change.at, &order.id, waiting));
    }
    update
}

/// Adds what a fact changes in an item besides its status; `None`: nothing.
fn news(
    mut update: ItemUpdate,
    item: &OrderItem,
    fact: &Fact,
    statuses: &[Status],
    to: Status,
) -> Result<Option<ItemUpdate>, Error> {
    let lines: Vec<LineItem> = item.lines.iter().zip(statuses).map(|(line, status)| line.at(*status, to)).collect();
    let has_moved = lines.iter().zip(&item.lines).any(|(after, before)| after.status != before.status);
    let is_named = fact.cms_order_id.is_some() && fact.cms_order_id != item.cms_order_id;
    let was_unacknowledged = item.lease_until_s.is_some() || item.hold.is_some();
    if !(has_moved || is_named || was_unacknowledged || to != item.status) {
        return Ok(None);
    }
    if has_moved {
        let lines = lines.iter().map(|line| to_attributes(line).map(AttributeValue::M));
        let lines = lines.collect::<Result<_, _>>().map_err(unreadable(RECORDING))?;
        update = update.set(name::LINES, AttributeValue::L(lines));
    }
    if let Some(id) = fact.cms_order_id.as_ref().filter(|_| is_named) {
        update = update.set(name::CMS_ORDER_ID, text(id.as_str()));
    }
    if was_unacknowledged {
        update = update.remove(&[name::LEASE_OWNER, name::LEASE_UNTIL, name::LAST_ERROR, name::HOLD, name::HELD_SINCE]);
    }
    Ok(Some(update))
}
