//! A walk over a tenant's orders: branch by branch, in the order of creation.

use std::collections::VecDeque;

use shared::domain::{BranchId, OrderId, Tenant};
use shared::store::{CreationRange, Rows, Store};

use super::place::Place;
use crate::failure::Failure;

/// The orders of a tenant that were created in a range, after a place.
pub(crate) struct Walk<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
    range: CreationRange,
    after: Option<Place>,
    branches: VecDeque<BranchId>,
    rows: Option<(BranchId, Rows)>,
}

impl<'a> Walk<'a> {
    pub(crate) async fn start(
        store: &'a Store,
        tenant: &'a Tenant,
        range: CreationRange,
        after: Option<Place>,
    ) -> Result<Self, Failure> {
        let branches = store.branches(&tenant.id, range).await?;
        let is_left = |branch: &BranchId| {
            after.as_ref().and_then(|place| place.branch.as_ref()).is_none_or(|reached| branch >= reached)
        };
        let branches = branches.into_iter().filter(is_left).collect();
        Ok(Self { store, tenant, range, after, branches, rows: None })
    }

    /// Returns the next orders of one branch, `count` at most; none at the end.
    pub(crate) async fn next(&mut self, count: usize) -> Result<(Option<BranchId>, Vec<OrderId>), Failure> {
        loop {
            let Some((branch, rows)) = &mut self.rows else {
                let Some(branch) = self.branches.pop_front() else { return Ok((None, Vec::new())) };
                let after = self.after.as_ref().filter(|place| place.branch.as_ref() == Some(&branch));
                let after = after.map(|place| (place.at, &place.order));
                let rows = self.store.branch_orders(&self.tenant.id, &branch, self.range, after);
                self.rows = Some((branch, rows));
                continue;
            };
            let mut orders = Vec::new();
            while orders.len() < count
                && let Some(order) = rows.next_order().await?
            {
                orders.push(order);
            }
            if !orders.is_empty() {
                return Ok((Some(branch.clone()), orders));
            }
            self.rows = None;
        }
    }
}
