//! Tenants' settings in the table, and the list of tenants, a table of its own. A tenant is registered if it has
//! settings; its due orders are processed automatically if it is on the list.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use super::expression::{NO_ITEM, Write};
use super::item::{SettingsItem, TenantItem, from_attributes, to_attributes};
use super::{Read, Store, keys, new_attempt, unreadable};
use crate::aws::failure;
use crate::domain::{TenantId, TenantSettings};
use crate::error::Error;

const READING: &str = "reading a tenant's settings";
const LISTING: &str = "reading the list of tenants";
const REGISTERING: &str = "registering a tenant";

impl Store {
    /// Reads the settings of a tenant; `None`: it is not registered.
    pub async fn settings(&self, tenant: &TenantId) -> Result<Option<TenantSettings>, Error> {
        let Some(item) =
            self.of(tenant).await?.get(READING, keys::settings(tenant), keys::ALONE, Read::Eventual).await?
        else {
            return Ok(None);
        };
        let item: SettingsItem = from_attributes(item).map_err(unreadable(READING))?;
        item.try_into().map(Some).map_err(unreadable(READING))
    }

    /// Registers a tenant with default settings, unless it is registered.
    pub async fn register_tenant(&self, tenant: &TenantId, display_name: &str) -> Result<(), Error> {
        let item = SettingsItem {
            pk: keys::settings(tenant),
            sk: keys::ALONE.to_owned(),
            display_name: display_name.to_owned(),
            time_zone: None,
            products: Vec::new(),
            quantity_max: None,
            order_quantity_max: None,
            approval_above: None,
            status_shards: None,
            due_shards: None,
        };
        let put = Write::put_if(REGISTERING, &item, NO_ITEM)?;
        // If it is registered, its settings stay.
        self.of(tenant).await?.commit(REGISTERING, [put], &new_attempt()).await.map(|_| ())
    }
}

/// The list of tenants whose due orders are processed automatically: a small table of its own.
#[derive(Debug, Clone)]
pub struct TenantList {
    client: Client,
    table: String,
}

impl TenantList {
    /// A list behind a client.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Returns the tenants. A row without a valid tenant id is logged and skipped.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, Error> {
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let mut tenants = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| failure(LISTING, &error))?;
            if let Ok(item) = from_attributes::<TenantItem>(item) {
                tenants.push(item.tenant);
            } else {
                tracing::error!("the list of tenants has a row without a valid tenant id");
            }
        }
        Ok(tenants)
    }

    /// Adds a tenant to the list.
    pub async fn add(&self, tenant: &TenantId) -> Result<(), Error> {
        let item = to_attributes(&TenantItem { tenant: tenant.clone() }).map_err(unreadable(REGISTERING))?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|error| failure(REGISTERING, &error))
    }
}
