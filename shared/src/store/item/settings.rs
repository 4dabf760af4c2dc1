//! A tenant's settings, and its row in the list of tenants.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ItemError;
use crate::domain::{
    Bin, ConfiguredProduct, OrderQuantity, PlasticCode, ProductId, Quantity, TenantId, TenantSettings,
};

/// A tenant's settings: people write it, hence whole words.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct SettingsItem {
    pub pk: String,
    pub sk: String,
    pub display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_max: Option<Quantity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_quantity_max: Option<OrderQuantity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_above: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_shards: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_shards: Option<u32>,
}

/// A product of a tenant's list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct ProductItem {
    product_id: ProductId,
    /// A string, as in an order.
    bin: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    plastic_codes: Vec<PlasticCode>,
}

const STATUS_SHARDS: u32 = 4;
const DUE_SHARDS: u32 = 8;

impl TryFrom<SettingsItem> for TenantSettings {
    type Error = ItemError;

    fn try_from(item: SettingsItem) -> Result<Self, ItemError> {
        let zone = item.time_zone.as_deref().unwrap_or("UTC");
        let product = |product: ProductItem| {
            Ok(ConfiguredProduct {
                product_id: product.product_id,
                bin: Bin::parse(&product.bin).map_err(|_| ItemError::Value("products[].bin"))?,
                plastic_codes: product.plastic_codes,
            })
        };
        Ok(Self {
            display_name: item.display_name,
            time_zone: TimeZone::get(zone).map_err(|_| ItemError::Value("timeZone"))?,
            products: item.products.into_iter().map(product).collect::<Result<_, _>>()?,
            quantity_max: item.quantity_max.unwrap_or(Quantity::MAX),
            order_quantity_max: item.order_quantity_max.unwrap_or(OrderQuantity::MAX),
            approval_above: item.approval_above,
            status_shards: item.status_shards.unwrap_or(STATUS_SHARDS).clamp(1, 64),
            due_shards: item.due_shards.unwrap_or(DUE_SHARDS).clamp(1, 64),
        })
    }
}

/// A row of the list of tenants, a table of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct TenantItem {
    pub tenant: TenantId,
}
