//! How long an order is kept after its end: all its items get the same instant, after which DynamoDB removes them.
//!
//! What an order keeps outside its item (a large body, older changes) moves with the end in one transaction, so that no
//! item of it stays for ever.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::{SignedDuration, Timestamp};

use super::expression::{ItemUpdate, Write};
use super::item::{CHANGES_MAX, OrderItem, name};
use super::{Store, failure, keys, number, text};
use crate::domain::TenantId;
use crate::error::Error;

const ENDING: &str = "ending an order";
/// A transaction takes 100 writes. An order has older changes in the tens: each time it is sent makes one.
const OLDER_CHANGES_MAX: i32 = 90;

/// How long orders are kept after their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention(Option<SignedDuration>);

impl Retention {
    /// Keeps them for this many days; for ever if it is 0.
    #[must_use]
    pub fn days(days: u32) -> Self {
        Self((days > 0).then(|| SignedDuration::from_hours(24 * i64::from(days))))
    }

    /// Whether orders are removed at all.
    pub(super) fn is_limited(self) -> bool {
        self.0.is_some()
    }

    /// The value of the attribute by which DynamoDB removes what belongs to an order that ended at `end`.
    fn removal(self, end: Timestamp) -> Option<AttributeValue> {
        let at = end.checked_add(self.0?).unwrap_or(Timestamp::MAX);
        Some(number(at.as_second()))
    }

    /// Adds to the update that ends an order when its item is removed.
    pub(super) fn set_on(self, update: ItemUpdate, end: Timestamp) -> ItemUpdate {
        match self.removal(end) {
            Some(at) => update.set(name::REMOVAL, at),
            None => update,
        }
    }

    /// The write that removes an order's body with its item, if that is an item of its own.
    pub(super) fn body_write(self, item: &OrderItem, end: Timestamp) -> Option<Write> {
        let at = self.removal(end).filter(|_| item.body.is_none())?;
        Some(Write::Update(ItemUpdate::of_part(item.pk.clone(), keys::BODY.to_owned()).set(name::REMOVAL, at)))
    }
}

impl Store {
    /// Adds to the writes that end an order those that remove what it keeps outside its item.
    pub(super) async fn end_parts(
        &self,
        mut writes: Vec<Write>,
        tenant: &TenantId,
        item: &OrderItem,
        end: Timestamp,
    ) -> Result<Vec<Write>, Error> {
        let Some(at) = self.retention.removal(end) else { return Ok(writes) };
        // A change that moves out with this very write.
        for write in &mut writes {
            if let Write::Put(item, _) = write {
                item.insert(name::REMOVAL.to_owned(), at.clone());
            }
        }
        writes.extend(self.retention.body_write(item, end));
        if item.history.len() >= CHANGES_MAX {
            for sk in self.of(tenant).await?.older_change_keys(&item.pk, item.version).await? {
                writes.push(Write::Update(ItemUpdate::of_part(item.pk.clone(), sk).set(name::REMOVAL, at.clone())));
            }
        }
        Ok(writes)
    }

    /// The sort keys of the changes that had moved out of an order's item when it had this version.
    async fn older_change_keys(&self, pk: &str, version: u64) -> Result<Vec<String>, Error> {
        let page = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression(format!("{} = :pk AND {} BETWEEN :first AND :last", name::PK, name::SK))
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":first", text(keys::older_change(0)))
            .expression_attribute_values(":last", text(keys::older_change(version.saturating_sub(1))))
            .projection_expression(name::SK)
            .consistent_read(true)
            .limit(OLDER_CHANGES_MAX)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failure(ENDING, &error))?;
        let key = |mut item: super::Attributes| item.remove(name::SK).and_then(|sk| sk.as_s().ok().cloned());
        Ok(page.items.unwrap_or_default().into_iter().filter_map(key).collect())
    }
}
