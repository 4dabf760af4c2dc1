//! A tenant's settings, and its row in the list of tenants.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ItemError;
use crate::domain::{
    ApprovalRule, Bin, CmsChoice, CmsProfile, ConfiguredProduct, OrderQuantity, PlasticCode, ProductId, Quantity,
    SettingsChange, Shards, TenantId, TenantSettings, TenantState,
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
    pub status_shards: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_shards: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_above: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cms_profile: Option<CmsProfile>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub disabled: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The attributes of a tenant's settings that change; those that are `None` stay.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct SettingsChangeItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<Vec<ProductItem>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity_max: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_quantity_max: Option<OrderQuantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_shards: Option<Shards>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_shards: Option<Shards>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_above: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cms_profile: Option<CmsProfile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<bool>,
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

pub(in crate::store) const STATUS_SHARDS: u32 = 4;
pub(in crate::store) const DUE_SHARDS: u32 = 8;

impl From<&ConfiguredProduct> for ProductItem {
    fn from(product: &ConfiguredProduct) -> Self {
        Self {
            product_id: product.product_id.clone(),
            bin: product.bin.number().to_string(),
            plastic_codes: product.plastic_codes.clone(),
        }
    }
}

impl From<&SettingsChange> for SettingsChangeItem {
    fn from(change: &SettingsChange) -> Self {
        let zone = change.time_zone.as_ref().and_then(TimeZone::iana_name);
        Self {
            display_name: change.display_name.as_ref().map(ToString::to_string),
            time_zone: zone.map(str::to_owned),
            products: change.products.as_ref().map(|list| list.as_slice().iter().map(ProductItem::from).collect()),
            quantity_max: change.quantity_max,
            order_quantity_max: change.order_quantity_max,
            status_shards: change.status_shards,
            due_shards: change.due_shards,
            approval_above: change.approval.and_then(ApprovalRule::above),
            cms_profile: match &change.cms {
                Some(CmsChoice::Profile(profile)) => Some(profile.clone()),
                Some(CmsChoice::Default) | None => None,
            },
            disabled: change.state.map(|state| state == TenantState::Disabled),
        }
    }
}

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
            status_shards: item.status_shards.unwrap_or(STATUS_SHARDS).clamp(1, 64),
            due_shards: item.due_shards.unwrap_or(DUE_SHARDS).clamp(1, 64),
            approval_above: item.approval_above,
            cms_profile: item.cms_profile,
            state: if item.disabled { TenantState::Disabled } else { TenantState::Enabled },
        })
    }
}

/// A row of the list of tenants, a table of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct TenantItem {
    pub tenant: TenantId,
}
