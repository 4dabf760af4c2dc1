//! What the use cases of orders work with.

use crate::store::Store;

/// The orders of all tenants.
#[derive(Debug, Clone)]
pub struct Orders {
    pub(super) store: Store,
}

impl Orders {
    /// Orders in a table.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}
