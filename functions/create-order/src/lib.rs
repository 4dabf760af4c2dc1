//! `POST /card-order`: places an order.

use lambda_http::{Body, Request, Response};
use shared::api::{self, Reply};
use shared::domain::NewOrder;
use shared::error::Error;
use shared::orders;
use shared::runtime::App;

/// Answers one request.
#[tracing::instrument(level = "error", name = "create-order", skip_all, fields(request.id = api::request_id(&request), tenant, order.id))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    api::respond(&request, create(app, &request).await)
}

async fn create(app: &App, request: &Request) -> Result<Reply<&'static str>, Error> {
    let tenant = app.tenant(request).await?;
    let call = app.call("create-order", request, api::dry_run(request)?);
    let id = api::order_id_or_new(request, &tenant.id)?;
    let order = NewOrder::read(&api::json(request)?, &tenant, call.now, &id);
    let placed = orders::place(&app.store, &tenant, order, &call).await?;
    Ok(Reply::ok("success").order_id(&placed.id).replayed(placed.is_replay).dry_run(call.is_dry_run))
}
