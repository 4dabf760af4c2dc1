//! What a tenant may order, and how it is shown.

use jiff::tz::TimeZone;

use super::{Bin, Line, OrderQuantity, PlasticCode, ProductId, Quantity, TenantId};

/// A registered tenant.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its name in the header `tenant`.
    pub id: TenantId,
    /// Its settings.
    pub settings: TenantSettings,
}

/// A tenant's settings; the defaults are the contract's.
#[derive(Debug, Clone)]
pub struct TenantSettings {
    /// The name that people know it by.
    pub display_name: String,
    /// The zone of `processStartTime`.
    pub time_zone: TimeZone,
    /// The products that it may order; empty: any.
    pub products: Vec<ConfiguredProduct>,
    /// Kits on one line at most.
    pub quantity_max: Quantity,
    /// Kits in an order at most.
    pub order_quantity_max: OrderQuantity,
    /// Over how many partitions its orders of one status are spread.
    pub status_shards: u32,
    /// Over how many partitions its due orders are spread.
    pub due_shards: u32,
}

/// One entry of a tenant's product list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredProduct {
    /// The product.
    pub product_id: ProductId,
    /// Its BIN.
    pub bin: Bin,
    /// Its plastics; empty: any.
    pub plastic_codes: Vec<PlasticCode>,
}

impl Tenant {
    /// The tenant as it would be with the contract's limits only.
    #[must_use]
    pub fn without_limits(&self) -> Self {
        let settings = TenantSettings {
            products: Vec::new(),
            quantity_max: Quantity::MAX,
            order_quantity_max: OrderQuantity::MAX,
            ..self.settings.clone()
        };
        Self { id: self.id.clone(), settings }
    }
}

impl TenantSettings {
    /// What a line names that this tenant has not: sentences without their subject, by field (`""` is the line itself).
    pub(super) fn unconfigured(&self, line: &Line) -> Vec<(&'static str, &'static str)> {
        const UNKNOWN: &str = "is not configured for this tenant";
        if self.products.is_empty() {
            return Vec::new();
        }
        let allows_plastic = |product: &ConfiguredProduct| {
            product.plastic_codes.is_empty()
                || line.plastic_code.as_ref().is_none_or(|code| product.plastic_codes.contains(code))
        };
        let checks = [
            ("productId", self.products.iter().any(|product| product.product_id == line.product_id)),
            ("bin", self.products.iter().any(|product| product.bin == line.bin)),
            ("plasticCode", self.products.iter().any(allows_plastic)),
        ];
        let mut faults: Vec<_> =
            checks.iter().filter(|(_, known)| !known).map(|(field, _)| (*field, UNKNOWN)).collect();
        let is_listed = |product: &ConfiguredProduct| {
            product.product_id == line.product_id && product.bin == line.bin && allows_plastic(product)
        };
        if faults.is_empty() && !self.products.iter().any(is_listed) {
            faults.push((
                "",
                "must be a combination of productId, bin and plasticCode that is configured for this tenant",
            ));
        }
        faults
    }
}
