//! An update of one item, put together from its parts.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Update};

use super::item::name;
use super::keys::IndexKey;
use super::{number, text, unbuilt};
use crate::error::Error;

/// What is set and removed, and on what condition. Values are named after the attribute that they are for.
#[derive(Debug, Default)]
pub(super) struct ItemUpdate {
    sets: Vec<String>,
    removes: Vec<&'static str>,
    conditions: Vec<String>,
    values: HashMap<String, AttributeValue>,
}

impl ItemUpdate {
    /// An update that marks the item with the call that makes it, and counts it.
    pub(super) fn marked(attempt: &str) -> Self {
        let next_version = format!("{} + :one", name::VERSION);
        Self::default().set(name::ATTEMPT, text(attempt)).set_to(name::VERSION, &next_version, ":one", number(1))
    }

    /// Sets an attribute.
    pub(super) fn set(mut self, attribute: &str, value: AttributeValue) -> Self {
        self.sets.push(format!("{attribute} = :{attribute}"));
        self.values.insert(format!(":{attribute}"), value);
        self
    }

    /// Sets an attribute to what an expression yields, in which a value has a name.
    pub(super) fn set_to(mut self, attribute: &str, expression: &str, named: &str, value: AttributeValue) -> Self {
        self.sets.push(format!("{attribute} = {expression}"));
        self.values.insert(named.to_owned(), value);
        self
    }

    /// Where the order stands in the index by status from now on.
    pub(super) fn listed(self, row: IndexKey) -> Self {
        self.set(name::STATUS_INDEX_PK, text(row.pk)).set(name::STATUS_INDEX_SK, text(row.sk))
    }

    /// Where the order stands in the index by next action from now on.
    pub(super) fn due(self, row: IndexKey) -> Self {
        self.set(name::DUE_INDEX_PK, text(row.pk)).set(name::DUE_INDEX_SK, text(row.sk))
    }

    /// Removes attributes.
    pub(super) fn remove(mut self, attributes: &[&'static str]) -> Self {
        self.removes.extend(attributes);
        self
    }

    /// Adds a condition: all of them must hold.
    pub(super) fn when(mut self, condition: String) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Adds a condition with a value in it.
    pub(super) fn when_with(self, condition: String, named: &str, value: AttributeValue) -> Self {
        let mut with = self.when(condition);
        with.values.insert(named.to_owned(), value);
        with
    }

    /// The update of the item under a key.
    pub(super) fn of(self, doing: &'static str, table: &str, pk: String, sk: &str) -> Result<Update, Error> {
        let removes =
            if self.removes.is_empty() { String::new() } else { format!(" REMOVE {}", self.removes.join(", ")) };
        Update::builder()
            .table_name(table)
            .key(name::PK, text(pk))
            .key(name::SK, text(sk))
            .update_expression(format!("SET {}{removes}", self.sets.join(", ")))
            .condition_expression(self.conditions.join(" AND "))
            .set_expression_attribute_values(Some(self.values))
            .build()
            .map_err(unbuilt(doing))
    }
}
