//! `POST /card-order/cancel`: calls an order back before anything was sent to the card management system.

use lambda_http::{Body, Request, Response};
use shared::api::{self, Reply};
use shared::domain::{CancelOrder, Status};
use shared::error::Error;
use shared::runtime::App;
use shared::store::Cancelled;

/// Answers one request.
#[tracing::instrument(level = "error", name = "cancel-order", skip_all, fields(request.id = api::request_id(&request), tenant))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    api::respond(&request, cancel(app, &request).await)
}

async fn cancel(app: &App, request: &Request) -> Result<Reply<&'static str>, Error> {
    let tenant = app.tenant(request).await?;
    let cancel = CancelOrder::read(&api::json(request)?).map_err(Error::Invalid)?;
    let call = app.call("cancel-order", request, api::dry_run(request)?);
    let cancelled = if call.is_dry_run {
        app.store.can_cancel_order(&tenant.id, &cancel, call.now).await?
    } else {
        let change = call.change(Some(Status::Received), Status::Cancelled);
        app.store.cancel_order(&tenant.id, &cancel, &change).await?
    };
    match cancelled {
        Cancelled::Done => {
            tracing::info!(order.id = %cancel.order_id, is_dry_run = call.is_dry_run, "order cancelled");
            Ok(Reply::ok("Order cancelled successfully").dry_run(call.is_dry_run))
        }
        Cancelled::NotFound => Err(Error::OrderNotFound),
        Cancelled::Refused(status) => Err(Error::NotCancellable(status)),
    }
}
