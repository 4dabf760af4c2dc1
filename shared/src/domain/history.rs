//! The history of an order.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Principal, Status};

/// One change of an order's status. PENDING to PENDING means that it was sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The status before; `None` at creation.
    pub from: Option<Status>,
    /// The status after.
    pub to: Status,
    /// When it changed.
    pub at: Timestamp,
    /// The function that made the change.
    pub actor: Cow<'static, str>,
    /// The request that asked for it.
    pub request_id: String,
    /// Who asked for it, if that is known.
    pub by: Option<Principal>,
    /// What a change that keeps the status is about, or why an order was rejected.
    pub note: Option<Cow<'static, str>>,
}
