//! The context of one call, and how a change that it makes is logged.

use jiff::Timestamp;

use crate::deadline::Deadline;
use crate::domain::{Change, OrderId, Principal, Scopes, Status, Tenant};

/// One call of a function for one tenant.
#[derive(Debug, Clone)]
pub struct Call {
    /// The tenant that it is for.
    pub tenant: Tenant,
    /// Who calls, if that is known.
    pub principal: Option<Principal>,
    /// What the caller's credential allows.
    pub scopes: Scopes,
    /// The function that was called.
    pub actor: &'static str,
    /// The id of the request.
    pub request_id: String,
    /// The instant of the call.
    pub now: Timestamp,
    /// Whether it answers as usual but writes nothing.
    pub is_dry_run: bool,
    /// When it must stop starting further work.
    pub deadline: Deadline,
}

impl Call {
    /// A change of status that this call makes at an instant.
    #[must_use]
    pub fn change(&self, from: Option<Status>, to: Status, at: Timestamp) -> Change {
        Change {
            from,
            to,
            at,
            actor: self.actor.into(),
            request_id: self.request_id.clone(),
            by: self.principal.clone(),
            note: None,
        }
    }
}

/// Logs that an order has changed. On AWS the table's stream sends the same to the bus, as an event of this name.
pub fn log_change(order: &OrderId, from: Option<Status>, to: Status) {
    let from = from.map_or("NONE", Status::as_str);
    tracing::info!(order.id = %order, from, to = to.as_str(), "CardOrderStatusChanged");
}

/// Adds the one change that a call makes to its log line, in the fields of [`log_change`].
pub fn note_change(from: Option<Status>, to: Status) {
    let span = tracing::Span::current();
    span.record("from", from.map_or("NONE", Status::as_str));
    span.record("to", to.as_str());
}

/// Adds the order to every log line of this call.
pub fn note_order(order: &OrderId) {
    tracing::Span::current().record("order.id", order.as_str());
}
