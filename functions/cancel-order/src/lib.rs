//! `POST /card-order/cancel`: calls an order back before anything was sent to the card management system.

use lambda_http::{Body, Request, Response};
use shared::api::{self, Reply};
use shared::domain::{CancelOrder, Status};
use shared::error::Error;
use shared::orders;
use shared::runtime::App;
use shared::store::{Unsent, Withdrawal};

/// Answers one request.
#[tracing::instrument(level = "error", name = "cancel-order", skip_all, fields(request.id = api::request_id(&request), tenant, order.id))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    api::respond(&request, cancel(app, &request).await)
}

async fn cancel(app: &App, request: &Request) -> Result<Reply<&'static str>, Error> {
    let tenant = app.tenant(request).await?;
    let cancel = CancelOrder::read(&api::json(request)?).map_err(Error::Invalid)?;
    api::note_order(&cancel.order_id);
    let call = app.call("cancel-order", request, api::dry_run(request)?);
    let cancelled = if call.is_dry_run {
        app.store.can_cancel_order(&tenant.id, &cancel, call.now).await?
    } else {
        let change = call.change(Some(Status::Received), Status::Cancelled);
        let by_branch = Withdrawal::ByBranch(&cancel.branch_id);
        app.store.withdraw_order(&tenant.id, &cancel.order_id, by_branch, &change).await?
    };
    match cancelled {
        Unsent::Done => {
            if !call.is_dry_run {
                orders::tell_change(&cancel.order_id, Some(Status::Received), Status::Cancelled);
            }
            Ok(Reply::ok("Order cancelled successfully").dry_run(call.is_dry_run))
        }
        Unsent::NotFound => Err(Error::OrderNotFound),
        Unsent::Refused(status) => Err(Error::NotCancellable(status)),
    }
}
