//! A tenant and its settings.

use jiff::tz::TimeZone;

use super::{Bin, OrderQuantity, PlasticCode, ProductId, Quantity, TenantId};

/// A registered tenant.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id, as in the header `tenant`.
    pub id: TenantId,
    /// Its settings.
    pub settings: TenantSettings,
}

/// A tenant's settings.
#[derive(Debug, Clone)]
pub struct TenantSettings {
    /// Its display name.
    pub display_name: String,
    /// The time zone of `processStartTime`.
    pub time_zone: TimeZone,
    /// The products that it may order; if empty, all.
    pub products: Vec<ConfiguredProduct>,
    /// The maximum number of kits on one line.
    pub quantity_max: Quantity,
    /// The maximum number of kits in an order.
    pub order_quantity_max: OrderQuantity,
    /// An order of more kits than this needs the approval of a second person; `None`: none does.
    pub approval_above: Option<u32>,
    /// The number of partitions for its orders of one status.
    pub status_shards: u32,
    /// The number of partitions for its due orders.
    pub due_shards: u32,
}

/// One entry of a tenant's product list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredProduct {
    /// The product.
    pub product_id: ProductId,
    /// Its BIN.
    pub bin: Bin,
    /// Its plastics; if empty, all.
    pub plastic_codes: Vec<PlasticCode>,
}

impl Tenant {
    /// Returns the tenant without a product list and with the highest limits allowed.
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
    /// Whether an order of so many kits needs the approval of a second person.
    #[must_use]
    pub fn needs_approval(&self, quantity: u64) -> bool {
        self.approval_above.is_some_and(|above| quantity > u64::from(above))
    }

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

    /// Without a product list, the tenant may order anything.
    fn has(&self, is_it: impl Fn(&ConfiguredProduct) -> bool) -> bool {
        self.products.is_empty() || self.products.iter().any(is_it)
    }
}

impl ConfiguredProduct {
    fn allows(&self, plastic: Option<&PlasticCode>) -> bool {
        self.plastic_codes.is_empty() || plastic.is_none_or(|code| self.plastic_codes.contains(code))
    }
}
