//! `POST /card-order/status`: asks the card management system for one order, the one that is named or one that is due.
//! `POST /card-order/sync-pending-status`: asks for all that it has not finished.

use lambda_http::{Body, Request, Response};
use shared::api::{self, Reply, TimeLeft};
use shared::domain::{OrderId, Status, Tenant, WorkQuery, read_nothing};
use shared::error::Error;
use shared::processing::{Done, Worker};
use shared::runtime::App;

/// Answers one request.
#[tracing::instrument(level = "error", name = "sync-status", skip_all, fields(request.id = api::request_id(&request), tenant, order.id))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let result = if request.uri().path().ends_with("/sync-pending-status") {
        sync_all(app, &request).await
    } else {
        sync(app, &request).await
    };
    api::respond(&request, result)
}

async fn sync(app: &App, request: &Request) -> Result<Reply<bool>, Error> {
    let time = TimeLeft::start();
    let tenant = app.tenant(request).await?;
    api::no_dry_run(request)?;
    let query = WorkQuery::read(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    query.order_id.iter().for_each(api::note_order);
    let worker = app.worker("sync-status", api::request_id(request))?;
    let done = match &query.order_id {
        Some(id) => Some(sync_order(&worker, &tenant, id).await?),
        None => worker.poll_one(&tenant, &|| time.is_left()).await?,
    };
    Done::answer(done).map(Reply::ok)
}

/// Asks for an order that the card management system has or may have.
async fn sync_order(worker: &Worker<'_>, tenant: &Tenant, id: &OrderId) -> Result<Done, Error> {
    let order = worker.store.work_order(&tenant.id, id).await?.ok_or(Error::OrderNotFound)?;
    match order.stage.status {
        Status::Pending | Status::Processed => worker.poll(&order).await,
        Status::Received | Status::Success | Status::Failed | Status::Cancelled | Status::Expired => {
            Err(Error::NotInState { status: worker.status_now(&order), asked: "synchronised" })
        }
    }
}

async fn sync_all(app: &App, request: &Request) -> Result<Reply<bool>, Error> {
    let time = TimeLeft::start();
    let tenant = app.tenant(request).await?;
    api::no_dry_run(request)?;
    read_nothing(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    let worker = app.worker("sync-status", api::request_id(request))?;
    worker.sweep_pending(&tenant, &|| time.is_left()).await?.tell("orders asked for");
    Ok(Reply::ok(true))
}
