//! Rows of an index, read from several partitions as one: merged in the order of their sort keys.

use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::future::try_join_all;

use super::item::{Attributes, name};
use super::{Store, failure, keys, text};
use crate::domain::{OrderId, TenantId};
use crate::error::Error;

/// An index.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableIndex {
    pub(super) name: &'static str,
    pub(super) pk: &'static str,
    pub(super) sk: &'static str,
}

/// Orders by status, and what needs attention.
pub(super) const BY_STATUS: TableIndex =
    TableIndex { name: "gsi1", pk: name::STATUS_INDEX_PK, sk: name::STATUS_INDEX_SK };
/// Orders by next action.
pub(super) const BY_DUE: TableIndex = TableIndex { name: "gsi2", pk: name::DUE_INDEX_PK, sk: name::DUE_INDEX_SK };
/// Orders and files by creation.
pub(super) const BY_CREATION: TableIndex =
    TableIndex { name: "gsi3", pk: name::CREATION_INDEX_PK, sk: name::CREATION_INDEX_SK };

/// In which order rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    OldestFirst,
    NewestFirst,
}

/// Which rows are read, and how.
#[derive(Debug, Clone)]
pub(super) struct RowQuery {
    pub(super) doing: &'static str,
    pub(super) index: TableIndex,
    /// Only rows between these sort keys, exclusive.
    pub(super) between: (String, String),
    pub(super) direction: Direction,
    /// Rows per query of one partition.
    pub(super) page_size: u32,
    /// Rows read of one partition at most.
    pub(super) rows_max: u32,
}

/// Rows of an index in the order of their sort keys, from all partitions. A row is a hint: it may be out of date.
#[derive(Debug)]
pub struct Rows {
    store: Store,
    tenant: TenantId,
    query: RowQuery,
    shards: Vec<Shard>,
    /// The sort key of the last row: one that moves from one partition to another between two queries may be met in both.
    last: Option<String>,
}

#[derive(Debug)]
struct Shard {
    pk: String,
    rows: VecDeque<Attributes>,
    read: u32,
    more: More,
}

#[derive(Debug)]
enum More {
    FromTheStart,
    After(HashMap<String, AttributeValue>),
    /// As many rows were read as may be.
    Left,
    None,
}

impl Rows {
    /// Reads the rows of these partitions of a tenant.
    pub(super) fn new(
        store: &Store,
        tenant: &TenantId,
        query: RowQuery,
        partitions: impl IntoIterator<Item = String>,
    ) -> Self {
        let shard = |pk| Shard { pk, rows: VecDeque::new(), read: 0, more: More::FromTheStart };
        // DynamoDB rejects a range that ends before it starts.
        let is_empty = query.between.0 >= query.between.1;
        let shards = partitions.into_iter().filter(|_| !is_empty).map(shard).collect();
        Self { store: store.clone(), tenant: tenant.clone(), query, shards, last: None }
    }

    /// Returns the order of the next row; `None` at the end.
    pub async fn next_order(&mut self) -> Result<Option<OrderId>, Error> {
        let Some((sort_key, _)) = self.next().await? else { return Ok(None) };
        keys::row_order(&sort_key).map(Some).ok_or_else(|| self.unreadable())
    }

    /// Returns the next row with its sort key; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<(String, Attributes)>, Error> {
        loop {
            let (store, query) = (&self.store.of(&self.tenant).await?, &self.query);
            // One shelf after the other: a row that moves meanwhile is met twice, never missed.
            for shelf in self.shards.chunk_by_mut(|one, other| one.shelf() == other.shelf()) {
                let empty = shelf.iter_mut().filter(|shard| shard.rows.is_empty() && shard.has_more());
                try_join_all(empty.map(|shard| shard.fill(store, query))).await?;
            }
            let front = |shard: &Shard| shard.rows.front().and_then(|row| sort_key(row, query.index));
            let filled = self.shards.iter_mut().filter(|shard| !shard.rows.is_empty());
            let first = match query.direction {
                Direction::OldestFirst => filled.min_by_key(|shard| front(shard)),
                Direction::NewestFirst => filled.max_by_key(|shard| front(shard)),
            };
            let Some(row) = first.and_then(|shard| shard.rows.pop_front()) else { return Ok(None) };
            let key = sort_key(&row, query.index).ok_or_else(|| self.unreadable())?;
            if self.last.as_ref() != Some(&key) {
                self.last = Some(key.clone());
                return Ok(Some((key, row)));
            }
        }
    }

    /// Whether rows were left because as many were read as may be.
    pub(super) fn has_left(&self) -> bool {
        self.shards.iter().any(|shard| matches!(shard.more, More::Left))
    }

    pub(super) fn unreadable(&self) -> Error {
        Error::Internal { doing: self.query.doing, source: "a row of the index cannot be read".into() }
    }
}

fn sort_key(row: &Attributes, index: TableIndex) -> Option<String> {
    row.get(index.sk)?.as_s().ok().cloned()
}

impl Shard {
    /// The partition without its number.
    fn shelf(&self) -> &str {
        self.pk.rsplit_once('#').map_or(&self.pk, |(shelf, _)| shelf)
    }

    const fn has_more(&self) -> bool {
        matches!(self.more, More::FromTheStart | More::After(_))
    }

    /// Reads pages until there is a row or no page is left.
    async fn fill(&mut self, store: &Store, query: &RowQuery) -> Result<(), Error> {
        let RowQuery { doing, index, between: (after, before), .. } = query;
        while self.rows.is_empty() {
            let start = match &self.more {
                More::FromTheStart => None,
                More::After(key) => Some(key.clone()),
                More::Left | More::None => return Ok(()),
            };
            let limit = query.page_size.min(query.rows_max - self.read);
            let page = store
                .client
                .query()
                .table_name(&*store.table)
                .index_name(index.name)
                .key_condition_expression(format!("{} = :pk AND {} BETWEEN :after AND :before", index.pk, index.sk))
                .expression_attribute_values(":pk", text(&self.pk))
                .expression_attribute_values(":after", text(after))
                .expression_attribute_values(":before", text(before))
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .scan_index_forward(query.direction == Direction::OldestFirst)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| failure(doing, &error))?;
            let items = page.items.unwrap_or_default();
            self.read += u32::try_from(items.len()).unwrap_or(u32::MAX);
            self.more = match page.last_evaluated_key {
                Some(_) if self.read >= query.rows_max => More::Left,
                Some(key) => More::After(key),
                None => More::None,
            };
            let is_within = |row: &Attributes| {
                sort_key(row, *index).is_some_and(|key| key.as_str() > after.as_str() && key.as_str() < before.as_str())
            };
            self.rows.extend(items.into_iter().filter(is_within));
        }
        Ok(())
    }
}
