//! An order as it is sent to the card management system (CMS), and its key there.

use std::fmt;

use super::{FilePin, Line, OrderBody, OrderId, Sensitive, TenantId};

/// Identifies an order to the CMS, which must treat it as an idempotency key: tenant and order id, joined by a character
/// that occurs in neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CmsKey(String);

impl CmsKey {
    /// Returns the key of an order; it never changes.
    #[must_use]
    pub fn of(tenant: &TenantId, order: &OrderId) -> Self {
        Self(format!("{tenant}:{order}"))
    }

    /// Returns a key that no order can have, because no order id starts with `_`. It tests whether the CMS answers.
    #[must_use]
    pub fn probe(tenant: &TenantId) -> Self {
        Self(format!("{tenant}:_probe"))
    }

    /// Returns the key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that the CMS receives about an order.
#[derive(Debug, Clone)]
pub struct CmsOrder {
    /// Its key there.
    pub key: CmsKey,
    /// The tenant that placed it.
    pub tenant: TenantId,
    /// Its id here.
    pub order_id: OrderId,
    /// Branch, address, party, attached values.
    pub body: Sensitive<OrderBody>,
    /// The ordered lines.
    pub lines: Vec<Line>,
    /// The file that supplies its kits.
    pub file: Option<FilePin>,
}
