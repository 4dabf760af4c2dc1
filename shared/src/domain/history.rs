//! What happened to an order.

use std::borrow::Cow;

use jiff::Timestamp;

use super::Status;

/// One change of an order's status. PENDING to PENDING: it was handed over again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The status before; `None` at creation.
    pub from: Option<Status>,
    /// The status after.
    pub to: Status,
    /// When.
    pub at: Timestamp,
    /// The function that wrote it.
    pub actor: Cow<'static, str>,
    /// The request that asked for it.
    pub request_id: String,
}
