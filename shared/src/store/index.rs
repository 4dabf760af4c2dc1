//! A sharded index, read as one: its shards' rows merged in the order of their sort keys.

use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::future::try_join_all;

use super::item::{Attributes, name};
use super::{Store, failure, keys, text};
use crate::domain::OrderId;
use crate::error::Error;

/// One of the two indexes.
#[derive(Debug, Clone, Copy)]
pub(super) struct OrderIndex {
    pub(super) name: &'static str,
    pub(super) pk: &'static str,
    pub(super) sk: &'static str,
}

/// Orders by status.
pub(super) const BY_STATUS: OrderIndex =
    OrderIndex { name: "gsi1", pk: name::STATUS_INDEX_PK, sk: name::STATUS_INDEX_SK };
/// Orders by next action.
pub(super) const BY_DUE: OrderIndex = OrderIndex { name: "gsi2", pk: name::DUE_INDEX_PK, sk: name::DUE_INDEX_SK };

/// Rows of an index in the order of their sort keys, from all shards. A row is a hint: it may be out of
/// date.
#[derive(Debug)]
pub struct Rows {
    store: Store,
    doing: &'static str,
    index: OrderIndex,
    shards: Vec<Shard>,
    /// Only rows between these sort keys, exclusive.
    between: (String, String),
    page_size: i32,
}

#[derive(Debug)]
struct Shard {
    pk: String,
    rows: VecDeque<Attributes>,
    more: More,
}

#[derive(Debug)]
enum More {
    FromTheStart,
    After(HashMap<String, AttributeValue>),
    None,
}

impl Rows {
    /// Reads the rows of these partitions whose sort keys lie between two texts, exclusive.
    pub(super) fn new(
        store: &Store,
        doing: &'static str,
        index: OrderIndex,
        partitions: impl IntoIterator<Item = String>,
        between: (String, String),
        page_size: u32,
    ) -> Self {
        let shard = |pk| Shard { pk, rows: VecDeque::new(), more: More::FromTheStart };
        // DynamoDB rejects a range that ends before it starts.
        let is_empty = between.0 >= between.1;
        Self {
            store: store.clone(),
            doing,
            index,
            shards: partitions.into_iter().filter(|_| !is_empty).map(shard).collect(),
            between,
            page_size: i32::try_from(page_size).unwrap_or(i32::MAX),
        }
    }

    /// Returns the order of the next row; `None` at the end.
    pub async fn next_order(&mut self) -> Result<Option<OrderId>, Error> {
        let Some((sort_key, _)) = self.next().await? else { return Ok(None) };
        keys::read_row(&sort_key).map(|(_, id)| Some(id)).ok_or_else(|| self.unreadable())
    }

    /// Returns the next row with its sort key; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<(String, Attributes)>, Error> {
        let (store, doing, index) = (&self.store, self.doing, self.index);
        let (between, page_size) = (&self.between, self.page_size);
        let empty = self.shards.iter_mut().filter(|shard| shard.rows.is_empty() && !matches!(shard.more, More::None));
        try_join_all(empty.map(|shard| shard.fill(store, doing, index, between, page_size))).await?;
        let filled = self.shards.iter_mut().filter(|shard| !shard.rows.is_empty());
        let first = filled.min_by_key(|shard| shard.rows.front().and_then(|row| sort_key(row, index)));
        let Some(row) = first.and_then(|shard| shard.rows.pop_front()) else { return Ok(None) };
        let key = sort_key(&row, index).ok_or_else(|| self.unreadable())?;
        Ok(Some((key, row)))
    }

    fn unreadable(&self) -> Error {
        Error::Internal { doing: self.doing, source: "a row of the index names no order".into() }
    }
}

fn sort_key(row: &Attributes, index: OrderIndex) -> Option<String> {
    row.get(index.sk)?.as_s().ok().cloned()
}

impl Shard {
    /// Reads pages until there is a row or no page is left.
    async fn fill(
        &mut self,
        store: &Store,
        doing: &'static str,
        index: OrderIndex,
        (after, before): &(String, String),
        page_size: i32,
    ) -> Result<(), Error> {
        while self.rows.is_empty() {
            let start = match &self.more {
                More::FromTheStart => None,
                More::After(key) => Some(key.clone()),
                More::None => return Ok(()),
            };
            let page = store
                .client
                .query()
                .table_name(&store.table)
                .index_name(index.name)
                .key_condition_expression(format!("{} = :pk AND {} BETWEEN :after AND :before", index.pk, index.sk))
                .expression_attribute_values(":pk", text(&self.pk))
                .expression_attribute_values(":after", text(after))
                .expression_attribute_values(":before", text(before))
                .limit(page_size)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| failure(doing, &error))?;
            self.more = page.last_evaluated_key.map_or(More::None, More::After);
            let is_within = |row: &Attributes| {
                sort_key(row, index).is_some_and(|key| key.as_str() > after.as_str() && key.as_str() < before.as_str())
            };
            self.rows.extend(page.items.unwrap_or_default().into_iter().filter(is_within));
        }
        Ok(())
    }
}
