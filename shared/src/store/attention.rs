//! What needs attention, found by a few range queries however many orders there are.

use jiff::{SignedDuration, Timestamp};

use super::due::partitions_of;
use super::index::{BY_DUE, BY_STATUS, Direction, RowQuery, Rows};
use super::item::{Attributes, name};
use super::keys::{Shelf, Waiting};
use super::{Store, keys};
use crate::domain::{LATE_AFTER, ListedFile, OrderId, Status, Tenant, TenantId};
use crate::error::Error;

const LOOKING: &str = "looking for what needs attention";
/// How many are counted.
pub const COUNT_MAX: usize = 100;
/// How far back what failed needs attention.
const FAILED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The longest pause between two attempts: by then, an order that was sent often without an answer is due again.
const BACK_OFF_MAX: SignedDuration = SignedDuration::from_mins(15);
/// Rows per query, and read at most, of one shard of the index by next action.
const DUE_PAGE: u32 = 100;
const DUE_ROWS_MAX: u32 = 1_000;

/// What may need attention, according to an index: a row is a hint.
#[derive(Debug)]
pub struct Suspects<T> {
    /// The first of them, in the order of the list.
    pub found: Vec<T>,
    /// Whether there are more.
    pub has_more: bool,
}

impl<T> Default for Suspects<T> {
    fn default() -> Self {
        Self { found: Vec::new(), has_more: false }
    }
}

impl<T> Suspects<T> {
    fn add(&mut self, suspect: T) {
        if self.found.len() < COUNT_MAX {
            self.found.push(suspect);
        } else {
            self.has_more = true;
        }
    }
}

/// Orders that may be late or stuck.
#[derive(Debug, Default)]
pub struct Overdue {
    /// Due and not picked up, the most overdue first.
    pub late: Suspects<OrderId>,
    /// Sent, and without an answer for too long or too often; the most overdue first.
    pub stuck: Suspects<OrderId>,
}

impl Store {
    /// Returns the orders on hold, oldest first.
    pub async fn orders_on_hold(&self, tenant: &Tenant) -> Result<Suspects<OrderId>, Error> {
        let rows = self.rows_on(tenant, Shelf::Hold, None, Direction::OldestFirst);
        suspects(rows, |key, _| keys::row_order(key)).await
    }

    /// Returns the orders that await approval and are still valid at `now`, oldest first.
    pub async fn orders_to_approve(&self, tenant: &Tenant, now: Timestamp) -> Result<Suspects<OrderId>, Error> {
        let rows = self.rows_on(tenant, Shelf::Approval, None, Direction::OldestFirst);
        let is_valid = |row: &Attributes| {
            let until = row.get(name::VALID_UNTIL).and_then(|until| until.as_n().ok()?.parse::<i64>().ok());
            until.is_none_or(|until| until > now.as_second())
        };
        suspects(rows, |key, row| keys::row_order(key).filter(|_| is_valid(row))).await
    }

    /// Returns the orders that failed lately, newest first.
    pub async fn failed_orders(&self, tenant: &Tenant, now: Timestamp) -> Result<Suspects<OrderId>, Error> {
        let rows = self.rows_on(tenant, Shelf::Of(Status::Failed), week_before(now), Direction::NewestFirst);
        suspects(rows, |key, _| keys::row_order(key)).await
    }

    /// Returns the files that became INVALID lately, newest first, as entries for [`Store::invalid_file`].
    pub async fn invalid_files(&self, tenant: &Tenant, now: Timestamp) -> Result<Suspects<String>, Error> {
        let rows = self.rows_on(tenant, Shelf::InvalidFile, week_before(now), Direction::NewestFirst);
        suspects(rows, |key, _| keys::read_row(key).map(|(_, entry)| entry.to_owned())).await
    }

    /// Reads a file that may be INVALID.
    pub async fn invalid_file(&self, tenant: &TenantId, entry: &str) -> Result<Option<ListedFile>, Error> {
        Ok(self.listed_file(tenant, entry).await?.map(|(_, file)| file))
    }

    /// Returns the orders that are late, and those that are stuck: overdue for longer than `stuck_after`, or sent often
    /// without an answer.
    pub async fn overdue_orders(
        &self,
        tenant: &Tenant,
        now: Timestamp,
        stuck_after: SignedDuration,
    ) -> Result<Overdue, Error> {
        let before = |pause: SignedDuration| now.checked_sub(pause).unwrap_or(now);
        let query = RowQuery {
            doing: LOOKING,
            index: BY_DUE,
            between: keys::due_by(now.checked_add(BACK_OFF_MAX).unwrap_or(now)),
            direction: Direction::OldestFirst,
            page_size: DUE_PAGE,
            rows_max: DUE_ROWS_MAX,
        };
        let shards = 0..tenant.settings.due_shards;
        let mut rows = Rows::new(self, &tenant.id, query, shards.map(|shard| keys::due_partition(&tenant.id, shard)));
        let mut overdue = Overdue::default();
        while !(overdue.late.has_more && overdue.stuck.has_more)
            && let Some((key, _)) = rows.next().await?
        {
            let Some((order, (at, waiting))) = keys::row_order(&key).zip(keys::due_row(&key)) else { continue };
            match waiting {
                Waiting::Received if at < before(LATE_AFTER) => overdue.late.add(order),
                Waiting::SentOften => overdue.stuck.add(order),
                Waiting::Sent | Waiting::Acknowledged if at < before(stuck_after) => overdue.stuck.add(order),
                Waiting::Received | Waiting::Sent | Waiting::Acknowledged | Waiting::Expiry => {}
            }
        }
        let has_left = rows.has_left();
        overdue.late.has_more |= has_left;
        overdue.stuck.has_more |= has_left;
        Ok(overdue)
    }

    fn rows_on(&self, tenant: &Tenant, place: Shelf, since: Option<Timestamp>, direction: Direction) -> Rows {
        let partitions = partitions_of(tenant, &[place]);
        // One row more than is counted shows whether there are more.
        let page_size = COUNT_MAX / partitions.len().max(1) + 1;
        let query = RowQuery {
            doing: LOOKING,
            index: BY_STATUS,
            between: keys::between(since, None),
            direction,
            page_size: u32::try_from(page_size).unwrap_or(u32::MAX),
            rows_max: DUE_ROWS_MAX,
        };
        Rows::new(self, &tenant.id, query, partitions)
    }
}

/// Since when what failed needs attention.
fn week_before(now: Timestamp) -> Option<Timestamp> {
    now.checked_sub(FAILED_WITHIN).ok()
}

/// Gathers what `read` makes of the rows.
async fn suspects<T>(mut rows: Rows, read: impl Fn(&str, &Attributes) -> Option<T>) -> Result<Suspects<T>, Error> {
    let mut suspects = Suspects::default();
    while !suspects.has_more
        && let Some((key, row)) = rows.next().await?
    {
        if let Some(suspect) = read(&key, &row) {
            suspects.add(suspect);
        }
    }
    suspects.has_more |= rows.has_left();
    Ok(suspects)
}
