//! What happened to an order.

use jiff::Timestamp;

use super::Status;

/// One change of an order's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The status before; `None` at creation.
    pub from: Option<Status>,
    /// The status after.
    pub to: Status,
    /// When.
    pub at: Timestamp,
    /// The function that wrote it.
    pub actor: &'static str,
    /// The request that asked for it.
    pub request_id: String,
}
