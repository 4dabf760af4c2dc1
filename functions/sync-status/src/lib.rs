//! `POST /card-order/status`: asks the card management system (CMS) about one order: the named order, or one that is due.
//! `POST /card-order/sync-pending-status`: asks about every order that the CMS has not finished.

use lambda_http::Request;
use shared::api::{self, Reply, Route};
use shared::call::{Call, note_order};
use shared::domain::{OrderId, Status, read_nothing, read_order_if_any};
use shared::error::Error;
use shared::processing::{Processing, StepOutcome, Worker};

/// Asks about one order, or about all of them.
pub async fn handle(processing: &Processing, call: &Call, route: Route, request: &Request) -> Result<Reply, Error> {
    let body = api::json_if_any(request)?;
    let worker = processing.worker(call);
    if route == Route::SyncPending {
        read_nothing(&body).map_err(Error::Invalid)?;
        worker.sweep_pending().await?.log("orders asked for");
        return Ok(Reply::success(true));
    }
    let id = read_order_if_any(&body).map_err(Error::Invalid)?;
    let outcome = match &id {
        Some(id) => Some(sync_order(&worker, id).await?),
        None => worker.poll_one().await?,
    };
    StepOutcome::answer(outcome).map(Reply::success)
}

/// Asks about an order that the CMS has or may have.
async fn sync_order(worker: &Worker<'_>, id: &OrderId) -> Result<StepOutcome, Error> {
    note_order(id);
    let order = worker.find(id).await?;
    match order.state.status {
        Status::Pending | Status::Processed => worker.poll(&order).await,
        Status::Received | Status::Success | Status::Failed | Status::Cancelled | Status::Expired => {
            Err(Error::NotInState { status: worker.status_now(&order), asked: "synchronised" })
        }
    }
}
