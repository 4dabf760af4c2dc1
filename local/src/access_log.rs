//! One line per call of the API, for the people who watch the local stack.

use std::time::Instant;

use hyper::http::request::Parts;
use hyper::{Method, Response};
use serde::Deserialize;
use shared::api::Route;
use shared::domain::{OrderId, TenantId};

/// A call under way.
pub(crate) struct AccessLine {
    started: Instant,
    method: Method,
    route: Option<Route>,
    tenant: Option<TenantId>,
    order: Option<OrderId>,
}

/// The keys by which a body names an order.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    order_id: Option<String>,
    card_order_id: Option<String>,
}

impl AccessLine {
    /// Begins with what the header says.
    pub(crate) fn begin(parts: &Parts) -> Self {
        Self { started: Instant::now(), method: parts.method.clone(), route: None, tenant: tenant(parts), order: None }
    }

    /// The tenant that the call names, whoever sent it.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.tenant.clone()
    }

    /// Notes where the call goes.
    pub(crate) fn note_route(&mut self, route: Route) {
        self.route = Some(route);
    }

    /// Notes which order the call is about. Only an id is taken, whatever else the body holds.
    pub(crate) fn note_order(&mut self, body: &[u8]) {
        let named = serde_json::from_slice::<Named>(body).ok();
        let id = named.and_then(|named| named.card_order_id.or(named.order_id));
        self.order = id.and_then(|id| OrderId::parse(&id).ok());
    }

    /// Writes the line.
    pub(crate) fn end<B>(self, response: &Response<B>) {
        let answered = response.headers().get("order-id").and_then(|id| id.to_str().ok());
        tracing::info!(
            status = response.status().as_u16(),
            ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            tenant = self.tenant.as_ref().map(tracing::field::display),
            order.id = answered.or(self.order.as_ref().map(OrderId::as_str)),
            request.id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()),
            "{} {}",
            self.method,
            self.route.map_or("(unknown path)", Route::path),
        );
    }
}

/// Returns the tenant that a request names.
fn tenant(parts: &Parts) -> Option<TenantId> {
    TenantId::parse(parts.headers.get("tenant")?.to_str().ok()?).ok()
}
