//! Facts of the card management system: they are written whoever has the order, and they alone lead out of PENDING.

use aws_sdk_dynamodb::types::AttributeValue;

use super::super::item::{LineItem, OrderItem, from_attributes, name, to_attributes};
use super::super::update::ItemUpdate;
use super::super::write::{Old, Outcome, Write, commit};
use super::super::{Store, keys, new_attempt, number, text, unreadable};
use super::WorkOrder;
use crate::domain::{Change, Fact, Status};
use crate::error::Error;

const RECORDING: &str = "writing down what the card management system told";
/// How often a fact that met another write is put together anew.
const ROUNDS_MAX: u32 = 8;

/// What became of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It was written, and the order went from one status to the other; the same where only a line moved.
    Written {
        /// Before.
        from: Status,
        /// After.
        to: Status,
    },
    /// It was known.
    Known(Status),
    /// The order had ended before.
    Ended(Status),
}

impl Store {
    /// Writes down a fact; `change` makes the change of status, if there is one. A file whose kits are unused after it is
    /// freed with it.
    pub async fn record_fact(
        &self,
        order: &WorkOrder,
        fact: &Fact,
        change: impl Fn(Status, Status) -> Change,
    ) -> Result<Recorded, Error> {
        let mut item = order.item.clone();
        let mut frees_file = true;
        for _ in 0..ROUNDS_MAX {
            if fact.contradicts(&item.line_statuses()) {
                tracing::error!(order.id = %order.id, "the card management system contradicts itself");
            }
            if !matches!(item.status, Status::Pending | Status::Processed) {
                return Ok(Recorded::Ended(item.status));
            }
            let from = item.status;
            let statuses = fact.apply(&item.line_statuses());
            let to = Status::roll_up(&statuses);
            let attempt = new_attempt();
            let Some(update) = news(&item, fact, &statuses, to, &attempt)? else { return Ok(Recorded::Known(from)) };
            let mut writes = self.fact_writes(order, &item, update, &change(from, to))?;
            let file = item.file.as_ref().filter(|_| to == Status::Failed && fact.leaves_kits_unused && frees_file);
            if let Some(file) = file {
                writes.push(self.free_file(&order.tenant, file, &order.id, &attempt)?);
            }
            let mut outcome = commit(&self.client, RECORDING, &writes, &attempt).await?;
            let Some(Old(old)) = outcome.take_refused(0) else {
                if matches!(outcome, Outcome::Written) {
                    return Ok(Recorded::Written { from, to });
                }
                // The fact counts for more than the link.
                tracing::error!(order.id = %order.id, "the file that the order names does not serve it");
                frees_file = false;
                continue;
            };
            let old = old.ok_or(Error::Internal { doing: RECORDING, source: "the order is gone".into() })?;
            item = from_attributes(old).map_err(unreadable(RECORDING))?;
            if item.attempt == attempt {
                return Ok(Recorded::Written { from, to });
            }
        }
        Err(Error::Unavailable { doing: RECORDING, source: "the order kept changing".into() })
    }

    fn fact_writes(
        &self,
        order: &WorkOrder,
        item: &OrderItem,
        news: ItemUpdate,
        change: &Change,
    ) -> Result<Vec<Write>, Error> {
        // Which status it may leave is said by the version: it was PENDING or PROCESSED when it was read.
        let update = in_the_indexes(news, order, item, change)
            .when_with(format!("{} = :key", name::CMS_KEY), ":key", text(order.cms_key().to_string()))
            .when_with(format!("{} = :seen", name::VERSION), ":seen", number(item.version.cast_signed()));
        let (update, moved) = if change.from == Some(change.to) {
            (update.untold(), None)
        } else {
            let update = update.set(name::STATUS, text(change.to.as_str()));
            self.with_change(update, &order.tenant, &order.id, item, change)?
        };
        let pk = keys::order(&order.tenant, &order.id);
        let mut writes = vec![Write::Update(update.of(RECORDING, &self.table, pk, keys::ALONE)?)];
        writes.extend(moved);
        Ok(writes)
    }
}

/// Where the order stands in the indexes after a fact.
fn in_the_indexes(update: ItemUpdate, order: &WorkOrder, item: &OrderItem, change: &Change) -> ItemUpdate {
    if change.to.is_end() {
        return update.out_of_the_indexes();
    }
    let mut update = update;
    if change.from != Some(change.to) {
        update = update.listed(keys::by_status(&order.tenant, change.to, item.status_shard, change.at, &order.id));
    }
    // An order that was on hold is worked on again.
    if item.hold.is_some() {
        update = update.due(keys::by_due(&order.tenant, item.due_shard, change.at, &order.id));
    }
    update
}

/// What a fact changes of an item besides its status; `None`: nothing.
fn news(
    item: &OrderItem,
    fact: &Fact,
    statuses: &[Status],
    to: Status,
    attempt: &str,
) -> Result<Option<ItemUpdate>, Error> {
    let lines: Vec<LineItem> = item.lines.iter().zip(statuses).map(|(line, status)| line.at(*status, to)).collect();
    let has_moved = lines.iter().zip(&item.lines).any(|(after, before)| after.status != before.status);
    let is_named = fact.cms_order_id.is_some() && fact.cms_order_id != item.cms_order_id;
    let was_unacknowledged = item.lease_until_s.is_some() || item.hold.is_some();
    if !(has_moved || is_named || was_unacknowledged || to != item.status) {
        return Ok(None);
    }
    let mut update = ItemUpdate::marked(attempt);
    if has_moved {
        let lines = lines.iter().map(|line| to_attributes(line).map(AttributeValue::M));
        let lines = lines.collect::<Result<_, _>>().map_err(unreadable(RECORDING))?;
        update = update.set(name::LINES, AttributeValue::L(lines));
    }
    if let Some(id) = fact.cms_order_id.as_ref().filter(|_| is_named) {
        update = update.set(name::CMS_ORDER_ID, text(id.as_str()));
    }
    if was_unacknowledged {
        update = update.remove(&[name::LEASE_OWNER, name::LEASE_UNTIL, name::LAST_ERROR, name::HOLD]);
    }
    Ok(Some(update))
}
