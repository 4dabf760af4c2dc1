//! Tenants' settings in the table. A tenant is registered when it has them.

use super::item::{SettingsItem, from_attributes, to_attributes};
use super::{Read, Store, failure, keys, unreadable};
use crate::domain::{TenantId, TenantSettings};
use crate::error::Error;

const READING: &str = "reading a tenant's settings";

impl Store {
    /// The settings of a tenant, if it is registered.
    pub async fn settings(&self, tenant: &TenantId) -> Result<Option<TenantSettings>, Error> {
        let Some(item) = self.get(READING, keys::settings(tenant), keys::ALONE, Read::Eventual).await? else {
            return Ok(None);
        };
        let item: SettingsItem = from_attributes(item).map_err(unreadable(READING))?;
        item.try_into().map(Some).map_err(unreadable(READING))
    }

    /// Registers a tenant with default settings, unless it is registered: for the local stack.
    pub async fn register_tenant(&self, tenant: &TenantId, display_name: &str) -> Result<(), Error> {
        if self.settings(tenant).await?.is_some() {
            return Ok(());
        }
        let item = SettingsItem {
            pk: keys::settings(tenant),
            sk: keys::ALONE.to_owned(),
            display_name: display_name.to_owned(),
            time_zone: None,
            products: Vec::new(),
            quantity_max: None,
            order_quantity_max: None,
            status_shards: None,
            due_shards: None,
        };
        let item = to_attributes(&item).map_err(unreadable(READING))?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|error| failure("registering a tenant", &error))
    }
}
