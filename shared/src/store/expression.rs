//! What is written to one item and on what condition, as DynamoDB expressions. Every attribute and every value has a
//! placeholder, so that no name can meet a reserved word.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure as OnFailure, Update};
use serde::Serialize;

use super::item::{Attributes, EventItem, name, to_attributes};
use super::keys::{self, IndexKey};
use super::{number, text, unbuilt, unreadable};
use crate::error::Error;

/// A part of a write: one item.
#[derive(Debug, Clone)]
pub(super) enum Write {
    /// Replaces the whole item.
    Put(Attributes, Option<Condition>),
    /// Changes attributes of the item.
    Update(ItemUpdate),
    /// Replaces an item of another table, whatever is there.
    PutElsewhere(String, Attributes),
}

impl Write {
    /// Writes an item, whatever is there.
    pub(super) fn put<T: Serialize>(doing: &'static str, item: &T) -> Result<Self, Error> {
        Ok(Self::Put(to_attributes(item).map_err(unreadable(doing))?, None))
    }

    /// Writes an item if the condition holds for the one that is there.
    pub(super) fn put_if<T: Serialize>(doing: &'static str, item: &T, condition: Condition) -> Result<Self, Error> {
        Ok(Self::Put(to_attributes(item).map_err(unreadable(doing))?, Some(condition)))
    }
}

/// What must hold for the item that is there.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// The attribute compares so with the value.
    Compared(&'static str, &'static str, AttributeValue),
    /// The attribute is not there.
    Absent(&'static str),
    /// The attribute is there.
    Present(&'static str),
    /// All of them hold.
    All(Vec<Self>),
    /// At least one of them holds.
    Any(Vec<Self>),
}

pub(super) fn equal(attribute: &'static str, value: AttributeValue) -> Condition {
    Condition::Compared(attribute, "=", value)
}

pub(super) fn differs(attribute: &'static str, value: AttributeValue) -> Condition {
    Condition::Compared(attribute, "<>", value)
}

pub(super) fn below(attribute: &'static str, value: AttributeValue) -> Condition {
    Condition::Compared(attribute, "<", value)
}

pub(super) fn at_most(attribute: &'static str, value: AttributeValue) -> Condition {
    Condition::Compared(attribute, "<=", value)
}

pub(super) fn above(attribute: &'static str, value: AttributeValue) -> Condition {
    Condition::Compared(attribute, ">", value)
}

/// There is no such item.
pub(super) const NO_ITEM: Condition = Condition::Absent(name::PK);
/// There is such an item.
pub(super) const AN_ITEM: Condition = Condition::Present(name::PK);

impl Condition {
    fn expression(self, placeholders: &mut Placeholders) -> String {
        match self {
            Self::Compared(attribute, operator, value) => {
                format!("{} {operator} {}", placeholders.name(attribute), placeholders.value(value))
            }
            Self::Absent(attribute) => format!("attribute_not_exists({})", placeholders.name(attribute)),
            Self::Present(attribute) => format!("attribute_exists({})", placeholders.name(attribute)),
            Self::All(parts) => joined(parts, " AND ", placeholders),
            Self::Any(parts) => format!("({})", joined(parts, " OR ", placeholders)),
        }
    }
}

fn joined(parts: Vec<Condition>, by: &str, placeholders: &mut Placeholders) -> String {
    parts.into_iter().map(|part| part.expression(placeholders)).collect::<Vec<_>>().join(by)
}

/// Names and values that the expressions of one item stand for.
#[derive(Debug, Clone, Default)]
struct Placeholders {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Placeholders {
    fn name(&mut self, attribute: &str) -> String {
        let placeholder = format!("#{attribute}");
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    /// DynamoDB refuses an empty map.
    fn values(self) -> Option<HashMap<String, AttributeValue>> {
        Some(self.values).filter(|values| !values.is_empty())
    }
}

/// What is set and removed in one item, and on what condition.
#[derive(Debug, Clone)]
pub(super) struct ItemUpdate {
    pk: String,
    sk: String,
    sets: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<Condition>,
    placeholders: Placeholders,
}

impl ItemUpdate {
    /// An update of the item that is alone under a partition key.
    pub(super) fn of(pk: String) -> Self {
        Self::of_part(pk, keys::ALONE.to_owned())
    }

    /// An update of one of the items under a partition key.
    pub(super) fn of_part(pk: String, sk: String) -> Self {
        Self {
            pk,
            sk,
            sets: Vec::new(),
            removes: Vec::new(),
            conditions: Vec::new(),
            placeholders: Placeholders::default(),
        }
    }

    /// Sets every attribute of an item of which there may be an older form, and counts its version.
    pub(super) fn set_all<T: Serialize>(self, doing: &'static str, item: &T) -> Result<Self, Error> {
        let attributes = to_attributes(item).map_err(unreadable(doing))?;
        let attributes = attributes.into_iter().filter(|(name, _)| name != name::PK && name != name::SK);
        Ok(attributes.fold(self, |update, (name, value)| update.set(&name, value)).count(name::VERSION))
    }

    /// Marks the item with the attempt that makes this update.
    pub(super) fn marked(self, attempt: &str) -> Self {
        self.set(name::ATTEMPT, text(attempt))
    }

    /// Sets an attribute.
    pub(super) fn set(mut self, attribute: &str, value: AttributeValue) -> Self {
        let set = format!("{} = {}", self.placeholders.name(attribute), self.placeholders.value(value));
        self.sets.push(set);
        self
    }

    /// Adds one to a number that may not be there yet.
    pub(super) fn count(mut self, attribute: &str) -> Self {
        let name = self.placeholders.name(attribute);
        let (zero, one) = (self.placeholders.value(number(0)), self.placeholders.value(number(1)));
        self.sets.push(format!("{name} = if_not_exists({name}, {zero}) + {one}"));
        self
    }

    /// Adds one to a number.
    pub(super) fn increment(mut self, attribute: &str) -> Self {
        let (name, one) = (self.placeholders.name(attribute), self.placeholders.value(number(1)));
        self.sets.push(format!("{name} = {name} + {one}"));
        self
    }

    /// Adds a value to the end of a list.
    pub(super) fn append(mut self, attribute: &str, value: AttributeValue) -> Self {
        let name = self.placeholders.name(attribute);
        let list = self.placeholders.value(AttributeValue::L(vec![value]));
        self.sets.push(format!("{name} = list_append({name}, {list})"));
        self
    }

    /// Moves the order or the file to this row of the index by status.
    pub(super) fn listed(self, row: IndexKey) -> Self {
        self.set(name::STATUS_INDEX_PK, text(row.pk)).set(name::STATUS_INDEX_SK, text(row.sk))
    }

    /// Moves the order to this row of the index by next action.
    pub(super) fn due(self, row: IndexKey) -> Self {
        self.set(name::DUE_INDEX_PK, text(row.pk)).set(name::DUE_INDEX_SK, text(row.sk))
    }

    /// Makes this write an event.
    pub(super) fn with_event(self, doing: &'static str, event: &EventItem) -> Result<Self, Error> {
        let event = to_attributes(event).map_err(unreadable(doing))?;
        Ok(self.set(name::EVENT, AttributeValue::M(event)))
    }

    /// For a write that makes no event: removes the one of an earlier write, so that it is not made again.
    pub(super) fn without_event(self) -> Self {
        self.remove(&[name::EVENT])
    }

    /// Removes attributes.
    pub(super) fn remove(mut self, attributes: &[&str]) -> Self {
        self.removes.extend(attributes.iter().map(|attribute| self.placeholders.name(attribute)));
        self
    }

    /// Adds a condition: all of them must hold.
    pub(super) fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }
}

/// The SDK's form of a put. The old item is asked for only where there is a condition that it can fail.
pub(super) fn sdk_put(doing: &'static str, table: &str, item: Attributes, on: Option<Condition>) -> Result<Put, Error> {
    let mut placeholders = Placeholders::default();
    let condition = on.map(|condition| condition.expression(&mut placeholders));
    Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .set_return_values_on_condition_check_failure(condition.as_ref().map(|_| OnFailure::AllOld))
        .set_condition_expression(condition)
        .set_expression_attribute_names(Some(placeholders.names.clone()).filter(|names| !names.is_empty()))
        .set_expression_attribute_values(placeholders.values())
        .build()
        .map_err(unbuilt(doing))
}

/// The SDK's form of an update.
pub(super) fn sdk_update(doing: &'static str, table: &str, update: ItemUpdate) -> Result<Update, Error> {
    let ItemUpdate { pk, sk, sets, removes, conditions, mut placeholders } = update;
    let clauses = [("SET", sets), ("REMOVE", removes)].into_iter().filter(|(_, parts)| !parts.is_empty());
    let expression: Vec<_> = clauses.map(|(clause, parts)| format!("{clause} {}", parts.join(", "))).collect();
    let has_condition = !conditions.is_empty();
    let condition = has_condition.then(|| Condition::All(conditions).expression(&mut placeholders));
    Update::builder()
        .table_name(table)
        .key(name::PK, text(pk))
        .key(name::SK, text(sk))
        .update_expression(expression.join(" "))
        .set_return_values_on_condition_check_failure(condition.as_ref().map(|_| OnFailure::AllOld))
        .set_condition_expression(condition)
        .set_expression_attribute_names(Some(placeholders.names.clone()))
        .set_expression_attribute_values(placeholders.values())
        .build()
        .map_err(unbuilt(doing))
}
