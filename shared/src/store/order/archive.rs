//! Orders as auditors want them: whole, with their history, branch by branch in the order of creation.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use jiff::Timestamp;

use super::super::index::{BY_CREATION, Direction, RowQuery};
use super::super::item::{Attributes, BodyItem, HistoryItem, OrderItem, from_attributes, name};
use super::super::{Rows, Store, failure, keys, text, unreadable};
use super::READING;
use super::view::{read_body, view};
use crate::domain::{BranchId, Change, OrderBody, OrderId, OrderView, Sensitive, TenantId};
use crate::error::Error;

const SCANNING: &str = "looking for the branches of a tenant";
const LISTING: &str = "listing the orders of a branch";
/// Rows per query of a branch.
const PAGE: u32 = 200;

/// A whole order.
#[derive(Debug)]
pub struct ArchivedOrder {
    /// Where it stands.
    pub order: OrderView,
    /// What was asked for.
    pub body: Sensitive<OrderBody>,
    /// What has happened to it, oldest first.
    pub history: Vec<Change>,
}

/// The instants between which orders were created, both included.
#[derive(Debug, Clone, Copy)]
pub struct CreationRange {
    /// The first; `None`: from the start.
    pub from: Option<Timestamp>,
    /// The last; `None`: to the end.
    pub to: Option<Timestamp>,
}

impl Store {
    /// Returns the branches that placed orders in a range. Reads the whole index by creation, of all tenants: no other item
    /// says which branches there are.
    pub async fn branches(&self, tenant: &TenantId, range: CreationRange) -> Result<BTreeSet<BranchId>, Error> {
        let (after, before) = keys::between(range.from, range.to);
        let mut pages = self
            .client
            .scan()
            .table_name(&*self.table)
            .index_name(BY_CREATION.name)
            .filter_expression("begins_with(#pk, :branches) AND #sk BETWEEN :after AND :before")
            .projection_expression("#pk")
            .expression_attribute_names("#pk", BY_CREATION.pk)
            .expression_attribute_names("#sk", BY_CREATION.sk)
            .expression_attribute_values(":branches", text(keys::branch_partitions(tenant)))
            .expression_attribute_values(":after", text(after))
            .expression_attribute_values(":before", text(before))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let mut branches = BTreeSet::new();
        while let Some(row) = pages.next().await {
            let row = row.map_err(|error| failure(SCANNING, &error))?;
            let partition = row.get(BY_CREATION.pk).and_then(|key| key.as_s().ok());
            branches.extend(partition.and_then(|key| keys::branch_of_partition(tenant, key)));
        }
        Ok(branches)
    }

    /// Returns a branch's orders by creation, oldest first; after one of them, if that is given.
    #[must_use]
    pub fn branch_orders(
        &self,
        tenant: &TenantId,
        branch: &BranchId,
        range: CreationRange,
        after: Option<(Timestamp, &OrderId)>,
    ) -> Rows {
        let (first, last) = keys::between(range.from, range.to);
        let first = after.map_or(first, |(at, id)| keys::ms_row(at, id));
        let query = RowQuery {
            doing: LISTING,
            index: BY_CREATION,
            between: (first, last),
            direction: Direction::OldestFirst,
            page_size: PAGE,
            rows_max: u32::MAX,
        };
        Rows::new(self, tenant, query, [keys::branch_partition(tenant, branch)])
    }

    /// Reads an order with its body and its whole history, as of `now`: one query of all its items.
    pub async fn archived_order(
        &self,
        tenant: &TenantId,
        id: &OrderId,
        now: Timestamp,
    ) -> Result<Option<ArchivedOrder>, Error> {
        let mut pages = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", name::PK)
            .expression_attribute_values(":pk", text(keys::order(tenant, id)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let (mut order, mut body, mut changes) = (None, None, Vec::new());
        while let Some(item) = pages.next().await {
            let item: Attributes = item.map_err(|error| failure(READING, &error))?;
            match item.get(name::SK).and_then(|key| key.as_s().ok()).map(String::as_str) {
                Some(keys::ALONE) => order = Some(from_attributes::<OrderItem>(item).map_err(unreadable(READING))?),
                Some(keys::BODY) => body = Some(from_attributes::<BodyItem>(item).map_err(unreadable(READING))?.body),
                _ => changes.push(from_attributes::<HistoryItem>(item).map_err(unreadable(READING))?.change),
            }
        }
        let Some(order) = order else { return Ok(None) };
        let missing = || Error::Internal { doing: READING, source: "its body is missing".into() };
        let body = read_body(&order.body.clone().or(body).ok_or_else(missing)?)?;
        let changes = changes.into_iter().chain(order.history.iter().cloned());
        let history = changes.map(Change::try_from).collect::<Result<_, _>>().map_err(unreadable(READING))?;
        let order = view(id, order, now).map_err(unreadable(READING))?;
        Ok(Some(ArchivedOrder { order, body, history }))
    }
}
