//! Tenants' settings in the table, and the list of tenants, a table of its own. A tenant is registered if it has
//! settings; its due orders are processed automatically if it is on the list.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use jiff::tz::TimeZone;
use serde::de::IgnoredAny;

use super::expression::{AN_ITEM, Condition, ItemUpdate, NO_ITEM, Write, at_most};
use super::item::{
    DUE_SHARDS, STATUS_SHARDS, SettingsChangeItem, SettingsItem, TenantItem, from_attributes, name, to_attributes,
};
use super::{Read, Store, keys, new_attempt, number, unreadable};
use crate::aws::failure;
use crate::domain::{ApprovalRule, CmsChoice, Name, SettingsChange, Shards, TenantId, TenantSettings};
use crate::error::Error;

const READING: &str = "reading a tenant's settings";
const LISTING: &str = "reading the list of tenants";
const REGISTERING: &str = "registering a tenant";
const CHANGING: &str = "changing a tenant's settings";

/// What became of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterOutcome {
    /// The tenant is registered, and its due orders are processed.
    Registered,
    /// It was registered before; nothing was changed.
    Exists,
}

/// What became of a change of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// It is written.
    Changed,
    /// There is no such tenant.
    NotRegistered,
    /// It would take away partitions, whose rows nobody would read any more.
    WouldLoseRows,
}

impl Store {
    /// Reads the settings of a tenant; `None`: it is not registered.
    pub async fn settings(&self, tenant: &TenantId) -> Result<Option<TenantSettings>, Error> {
        self.read_settings(tenant, Read::Eventual).await
    }

    /// The same, as the last write left them.
    pub async fn latest_settings(&self, tenant: &TenantId) -> Result<Option<TenantSettings>, Error> {
        self.read_settings(tenant, Read::Consistent).await
    }

    async fn read_settings(&self, tenant: &TenantId, read: Read) -> Result<Option<TenantSettings>, Error> {
        let store = self.of(tenant).await?;
        let Some(item) = store.get(READING, keys::settings(tenant), keys::ALONE, read).await? else {
            return Ok(None);
        };
        let item: SettingsItem = from_attributes(item).map_err(unreadable(READING))?;
        item.try_into().map(Some).map_err(unreadable(READING))
    }

    /// Registers a tenant and puts it on the list of tenants, unless it is registered.
    pub async fn register_tenant(
        &self,
        list: &TenantList,
        tenant: &TenantId,
        display_name: &Name,
        time_zone: Option<&TimeZone>,
    ) -> Result<RegisterOutcome, Error> {
        let item = SettingsItem {
            pk: keys::settings(tenant),
            sk: keys::ALONE.to_owned(),
            display_name: display_name.to_string(),
            time_zone: time_zone.and_then(TimeZone::iana_name).map(str::to_owned),
            products: Vec::new(),
            quantity_max: None,
            order_quantity_max: None,
            status_shards: None,
            due_shards: None,
            approval_above: None,
            cms_profile: None,
            disabled: false,
        };
        let settings = Write::put_if(REGISTERING, &item, NO_ITEM)?;
        let row = to_attributes(&TenantItem { tenant: tenant.clone() }).map_err(unreadable(REGISTERING))?;
        let row = Write::PutElsewhere(list.table.clone(), row);
        let written = self.commit(REGISTERING, [settings, row], &new_attempt()).await?;
        Ok(if written.is_written() { RegisterOutcome::Registered } else { RegisterOutcome::Exists })
    }

    /// Changes settings of a registered tenant. The same change may be written twice.
    pub async fn change_settings(&self, tenant: &TenantId, change: &SettingsChange) -> Result<ChangeOutcome, Error> {
        let values = to_attributes(&SettingsChangeItem::from(change)).map_err(unreadable(CHANGING))?;
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut update = ItemUpdate::of(keys::settings(tenant)).when(AN_ITEM);
        for (attribute, value) in values {
            update = update.set(&attribute, value);
        }
        if change.approval == Some(ApprovalRule::Never) {
            update = update.remove(&[name::APPROVAL_ABOVE]);
        }
        if change.cms == Some(CmsChoice::Default) {
            update = update.remove(&[name::CMS_PROFILE]);
        }
        for (attribute, default, wanted) in [
            (name::STATUS_SHARDS, STATUS_SHARDS, change.status_shards),
            (name::DUE_SHARDS, DUE_SHARDS, change.due_shards),
        ] {
            if let Some(wanted) = wanted {
                update = update.when(not_more_than(wanted, attribute, default));
            }
        }
        let written = self.of(tenant).await?.commit(CHANGING, [Write::Update(update)], &new_attempt()).await?;
        if written.is_written() {
            return Ok(ChangeOutcome::Changed);
        }
        let has_settings = written.refused_by::<IgnoredAny>()?.is_some();
        Ok(if has_settings { ChangeOutcome::WouldLoseRows } else { ChangeOutcome::NotRegistered })
    }
}

/// The tenant has at most the wanted number of partitions, by an attribute that may be absent.
fn not_more_than(wanted: Shards, attribute: &'static str, default: u32) -> Condition {
    let is_at_most = at_most(attribute, number(wanted.get().into()));
    if wanted.get() < default { is_at_most } else { Condition::Any(vec![Condition::Absent(attribute), is_at_most]) }
}

/// The list of tenants whose due orders are processed automatically: a small table of its own.
#[derive(Debug, Clone)]
pub struct TenantList {
    pub(super) client: Client,
    pub(super) table: String,
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
}
