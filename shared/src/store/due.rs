//! Orders that are due or stuck, as rows of the indexes. A row is only a hint.

use jiff::Timestamp;

use super::index::{BY_DUE, BY_STATUS, Rows};
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
        Rows::new(self, "reading due orders", BY_DUE, partitions, keys::due_by(now), PAGE)
    }

    /// Returns the orders of a tenant that have had one of these statuses since `until` or longer, the oldest change first.
    #[must_use]
    pub fn orders_with_status(&self, tenant: &Tenant, statuses: &[Status], until: Timestamp) -> Rows {
        let shards = |status: &Status| {
            let status = *status;
            (0..tenant.settings.status_shards).map(move |shard| keys::status_partition(&tenant.id, status, shard))
        };
        let partitions = statuses.iter().flat_map(shards);
        Rows::new(self, "reading orders by status", BY_STATUS, partitions, keys::since_until(until), PAGE)
    }
}
