//! What a tenant may order, and how it is shown.

use jiff::tz::TimeZone;

use super::{Bin, OrderQuantity, PlasticCode, ProductId, Quantity, TenantId};

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
    /// Whether the tenant may order a product.
    pub(super) fn has_product(&self, id: &ProductId) -> bool {
        self.has(|product| product.product_id == *id)
    }

    /// Whether the tenant may order cards of a BIN.
    pub(super) fn has_bin(&self, bin: Bin) -> bool {
        self.has(|product| product.bin == bin)
    }

    /// Whether the tenant may order a plastic.
    pub(super) fn has_plastic(&self, code: &PlasticCode) -> bool {
        self.has(|product| product.allows(Some(code)))
    }

    /// Whether the tenant may order these together.
    pub(super) fn has_combination(&self, id: &ProductId, bin: Bin, plastic: Option<&PlasticCode>) -> bool {
        self.has(|product| product.product_id == *id && product.bin == bin && product.allows(plastic))
    }

    /// Without a list, anything may be ordered.
    fn has(&self, is_it: impl Fn(&ConfiguredProduct) -> bool) -> bool {
        self.products.is_empty() || self.products.iter().any(is_it)
    }
}

impl ConfiguredProduct {
    fn allows(&self, plastic: Option<&PlasticCode>) -> bool {
        self.plastic_codes.is_empty() || plastic.is_none_or(|code| self.plastic_codes.contains(code))
    }
}
