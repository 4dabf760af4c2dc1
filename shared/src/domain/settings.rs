//! A tenant and its settings.

use jiff::tz::TimeZone;

use super::text::{is_made_of, is_word_char, text_type};
use super::{
    Bin, ConfiguredProduct, Name, OrderQuantity, PlasticCode, ProductId, ProductList, Quantity, Shards, TenantId,
};

text_type! {
    /// The name of a CMS other than the default one, by which an administrator gave it a secret.
    CmsProfile, "must be a string of 1 to 32 letters, digits, '_' or '-'", |text| is_made_of(text, 32, is_word_char)
}

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
    /// The CMS that its orders go to; `None`: the default one.
    pub cms_profile: Option<CmsProfile>,
    /// Whether it is treated as registered.
    pub state: TenantState,
}

/// Whether a tenant is treated as registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantState {
    /// It is.
    Enabled,
    /// It is not: its calls are refused, and its orders are left alone.
    Disabled,
}

/// When an order needs a second person's approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalRule {
    /// Never.
    Never,
    /// If it is for more kits than this.
    Above(u32),
}

impl ApprovalRule {
    /// Returns the number of kits up to which no approval is needed; `None`: whatever the number.
    #[must_use]
    pub const fn above(self) -> Option<u32> {
        match self {
            Self::Never => None,
            Self::Above(kits) => Some(kits),
        }
    }
}

/// Which CMS a tenant's orders go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CmsChoice {
    /// The default one.
    Default,
    /// That of a profile.
    Profile(CmsProfile),
}

/// What an administrator changes in a tenant's settings; `None` leaves a value as it is.
#[derive(Debug, Clone, Default)]
pub struct SettingsChange {
    /// Its display name.
    pub display_name: Option<Name>,
    /// The time zone of `processStartTime`, one with an IANA name.
    pub time_zone: Option<TimeZone>,
    /// The products that it may order.
    pub products: Option<ProductList>,
    /// The maximum number of kits on one line.
    pub quantity_max: Option<Quantity>,
    /// The maximum number of kits in an order.
    pub order_quantity_max: Option<OrderQuantity>,
    /// The number of partitions for its orders of one status, which never goes down.
    pub status_shards: Option<Shards>,
    /// The number of partitions for its due orders, which never goes down.
    pub due_shards: Option<Shards>,
    /// When an order needs a second person's approval.
    pub approval: Option<ApprovalRule>,
    /// The CMS that its orders go to; those that were sent stay with theirs.
    pub cms: Option<CmsChoice>,
    /// Whether it is treated as registered.
    pub state: Option<TenantState>,
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
