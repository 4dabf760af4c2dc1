//! Orders that are due or stuck, as rows of the indexes. A row is only a hint.

use jiff::Timestamp;

use super::index::{BY_DUE, BY_STATUS, Direction, RowQuery, Rows, TableIndex};
use super::keys::Shelf;
use super::{Store, keys};
use crate::domain::{Status, Tenant};

/// Rows per query of one shard.
const PAGE: u32 = 50;

impl Store {
    /// Returns the orders of a tenant that are due, the most overdue first.
    #[must_use]
    pub fn due_orders(&self, tenant: &Tenant, now: Timestamp) -> Rows {
        let shards = 0..tenant.settings.due_shards;
        let partitions = shards.map(|shard| keys::due_partition(&tenant.id, shard));
        Rows::new(self, &tenant.id, to_work_on("reading due orders", BY_DUE, keys::due_by(now)), partitions)
    }

    /// Returns the orders of a tenant that have had one of these statuses since `until` or longer, those on hold among them,
    /// the oldest change first.
    #[must_use]
    pub fn orders_with_status(&self, tenant: &Tenant, statuses: &[Status], until: Timestamp) -> Rows {
        let partitions = statuses.iter().flat_map(|status| partitions_of(tenant, &Shelf::of_status(*status)));
        let query = to_work_on("reading orders by status", BY_STATUS, keys::between(None, Some(until)));
        Rows::new(self, &tenant.id, query, partitions)
    }
}

/// The partitions of the index by status that hold these shelves.
pub(super) fn partitions_of(tenant: &Tenant, shelves: &[Shelf]) -> Vec<String> {
    let shards = |shelf: &Shelf| {
        let shelf = *shelf;
        // Files are too few for more than one.
        let shards = if shelf == Shelf::InvalidFile { 1 } else { tenant.settings.status_shards };
        (0..shards).map(move |shard| keys::status_partition(&tenant.id, shelf, shard))
    };
    shelves.iter().flat_map(shards).collect()
}

fn to_work_on(doing: &'static str, index: TableIndex, between: (String, String)) -> RowQuery {
    RowQuery { doing, index, between, direction: Direction::OldestFirst, page_size: PAGE, rows_max: u32::MAX }
}
