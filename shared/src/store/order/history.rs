//! The history of an order: its item holds the last changes, older ones are items of their own.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};

use super::super::expression::{ItemUpdate, Write, equal};
use super::super::item::{
    CHANGES_MAX, ChangeItem, EventItem, EventOrder, HistoryItem, OrderItem, from_attributes, name, to_attributes,
};
use super::super::keys::IndexKey;
use super::super::{Read, Store, failure, keys, number, text, unreadable};
use crate::domain::{Change, OrderId, TenantId};
use crate::error::Error;

const READING: &str = "reading the history of an order";
const WRITING: &str = "writing the history of an order";

impl ItemUpdate {
    /// Adds a change to a history that has room for it.
    pub(super) fn append_change(self, change: &Change) -> Result<Self, Error> {
        Ok(self.append(name::HISTORY, change_attribute(&ChangeItem::from(change))?))
    }

    /// Makes a change of status an event; a change that keeps the status makes none.
    pub(super) fn with_status_event(self, order: EventOrder<'_>, change: &Change) -> Result<Self, Error> {
        if change.from == Some(change.to) {
            return Ok(self.without_event());
        }
        self.with_event(WRITING, &EventItem::of_status(order, change))
    }

    /// Takes an order that has ended out of the index by next action, and out of the one by status unless this is a row of
    /// it.
    pub(super) fn ended(self, row: Option<IndexKey>) -> Self {
        let update = self.remove(&[name::DUE_INDEX_PK, name::DUE_INDEX_SK]);
        match row {
            Some(row) => update.listed(row),
            None => update.remove(&[name::STATUS_INDEX_PK, name::STATUS_INDEX_SK]),
        }
    }
}

impl Store {
    /// Returns all changes of an order, oldest first.
    pub async fn history(&self, tenant: &TenantId, id: &OrderId) -> Result<Option<Vec<Change>>, Error> {
        let (store, pk) = (self.of(tenant).await?, keys::order(tenant, id));
        let Some(item) = store.get(READING, pk.clone(), keys::ALONE, Read::Consistent).await? else { return Ok(None) };
        let item: OrderItem = from_attributes(item).map_err(unreadable(READING))?;
        let mut changes =
            if item.history.len() < CHANGES_MAX { Vec::new() } else { store.older_changes(pk, item.version).await? };
        changes.extend(item.history);
        changes
            .into_iter()
            .map(|change| change.try_into().map_err(unreadable(READING)))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The changes that had moved out of an item when it had this version.
    async fn older_changes(&self, pk: String, version: u64) -> Result<Vec<ChangeItem>, Error> {
        let mut pages = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression(format!("{} = :pk AND {} BETWEEN :first AND :last", name::PK, name::SK))
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":first", text(keys::older_change(0)))
            .expression_attribute_values(":last", text(keys::older_change(version.saturating_sub(1))))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let mut changes = Vec::new();
        while let Some(item) = pages.next().await {
            let item: HistoryItem =
                from_attributes(item.map_err(|error| failure(READING, &error))?).map_err(unreadable(READING))?;
            changes.push(item.change);
        }
        Ok(changes)
    }
}

/// The writes that add a change to the history of an item as it was read. If there is no room, the oldest change moves to an
/// item of its own, in one transaction with the update, which then requires the version that was read.
pub(super) fn with_change(
    update: ItemUpdate,
    tenant: &TenantId,
    id: &OrderId,
    item: &OrderItem,
    change: &Change,
) -> Result<Vec<Write>, Error> {
    let order = event_order(tenant, id, item);
    let Some(moved) = item.history.first().filter(|_| item.history.len() >= CHANGES_MAX) else {
        return Ok(vec![Write::Update(update.append_change(change)?.with_status_event(order, change)?)]);
    };
    let kept = item.history.iter().skip(1).cloned().chain([ChangeItem::from(change)]);
    let kept = kept.map(|change| change_attribute(&change)).collect::<Result<_, _>>()?;
    let update = update
        .set(name::HISTORY, AttributeValue::L(kept))
        .with_status_event(order, change)?
        .when(equal(name::VERSION, number(item.version.cast_signed())));
    let moved = HistoryItem { pk: item.pk.clone(), sk: keys::older_change(item.version), change: moved.clone() };
    Ok(vec![Write::Update(update), Write::put(WRITING, &moved)?])
}

/// What an event says of an order.
pub(super) fn event_order<'a>(tenant: &'a TenantId, id: &'a OrderId, item: &'a OrderItem) -> EventOrder<'a> {
    EventOrder { tenant, id, file: item.file.as_ref() }
}

fn change_attribute(change: &ChangeItem) -> Result<AttributeValue, Error> {
    to_attributes(change).map(AttributeValue::M).map_err(unreadable(WRITING))
}
