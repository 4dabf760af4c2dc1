//! An order as it is handed to the card management system, and the key by which that knows it.

use std::fmt;

use super::{FilePin, Line, OrderBody, OrderId, Sensitive, TenantId};

/// Names an order to the card management system, which must honour it as an idempotency key: tenant and order id, joined
/// by a character that occurs in neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CmsKey(String);

impl CmsKey {
    /// The key of an order: always the same.
    #[must_use]
    pub fn of(tenant: &TenantId, order: &OrderId) -> Self {
        Self(format!("{tenant}:{order}"))
    }

    /// A key that no order can have, since no order id begins like it: to ask whether the card management system answers.
    #[must_use]
    pub fn probe(tenant: &TenantId) -> Self {
        Self(format!("{tenant}:_probe"))
    }

    /// The text.
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

/// All that the card management system gets of an order.
#[derive(Debug, Clone)]
pub struct CmsOrder {
    /// Its key there.
    pub key: CmsKey,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id here.
    pub order_id: OrderId,
    /// Branch, address, party, attached values.
    pub body: Sensitive<OrderBody>,
    /// What is ordered.
    pub lines: Vec<Line>,
    /// The file that it takes its kits from.
    pub file: Option<FilePin>,
}
