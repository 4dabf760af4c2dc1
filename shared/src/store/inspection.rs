//! Compares the tables of a deployment with those that this version needs.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{IndexStatus, KeySchemaElement, StreamSpecification, TableDescription, TableStatus};

use super::index::{BY_CREATION, BY_DUE, BY_STATUS};
use super::item::name;
use super::{Credentials, Store, TenantList};
use crate::aws::failure;
use crate::error::Error;

const INSPECTING: &str = "looking at a table";

/// What was found of a table.
#[derive(Debug)]
pub struct TableInspection {
    /// The table, then its indexes.
    pub parts: Vec<TablePart>,
    /// Whether its changes leave it as a stream.
    pub has_stream: bool,
}

/// A table or one of its indexes.
#[derive(Debug)]
pub struct TablePart {
    /// Its name: that of the table, or `gsi1`.
    pub name: String,
    /// Why it can't be used; `None`: it can.
    pub fault: Option<&'static str>,
}

impl Store {
    /// Looks at the table and its indexes.
    pub async fn inspect(&self) -> Result<TableInspection, Error> {
        let found = describe(&self.client, &self.table).await?;
        let mut inspection = inspect(&self.table, &found, &[name::PK, name::SK]);
        for index in [BY_STATUS, BY_DUE, BY_CREATION] {
            let of_name = |found: &&aws_sdk_dynamodb::types::GlobalSecondaryIndexDescription| {
                found.index_name() == Some(index.name)
            };
            let fault = match found.global_secondary_indexes().iter().find(of_name) {
                None => Some("is missing"),
                Some(found) if !has_key(found.key_schema(), &[index.pk, index.sk]) => Some("has other keys"),
                Some(found) if found.index_status() != Some(&IndexStatus::Active) => Some("is not active"),
                Some(_) => None,
            };
            inspection.parts.push(TablePart { name: index.name.to_owned(), fault });
        }
        Ok(inspection)
    }
}

impl TenantList {
    /// Looks at the table.
    pub async fn inspect(&self) -> Result<TableInspection, Error> {
        Ok(inspect(&self.table, &describe(&self.client, &self.table).await?, &[name::TENANT]))
    }
}

impl Credentials {
    /// Looks at the table.
    pub async fn inspect(&self) -> Result<TableInspection, Error> {
        let Self(Store { client, table, .. }) = self;
        Ok(inspect(table, &describe(client, table).await?, &[name::PK, name::SK]))
    }
}

async fn describe(client: &Client, table: &str) -> Result<TableDescription, Error> {
    let described = client.describe_table().table_name(table).send().await;
    let described = described.map_err(|error| failure(INSPECTING, &error))?.table;
    described.ok_or_else(|| Error::Internal { doing: INSPECTING, source: "the answer describes no table".into() })
}

fn inspect(name: &str, found: &TableDescription, key: &[&str]) -> TableInspection {
    let fault = if !has_key(found.key_schema(), key) {
        Some("has other keys")
    } else if found.table_status() == Some(&TableStatus::Active) {
        None
    } else {
        Some("is not active")
    };
    let has_stream = found.stream_specification().is_some_and(StreamSpecification::stream_enabled);
    TableInspection { parts: vec![TablePart { name: name.to_owned(), fault }], has_stream }
}

fn has_key(found: &[KeySchemaElement], wanted: &[&str]) -> bool {
    found.iter().map(KeySchemaElement::attribute_name).eq(wanted.iter().copied())
}
