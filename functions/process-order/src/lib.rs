//! `POST /card-order/process`: hands one order to the card management system, the one that is named or the one that is due.

use lambda_http::{Body, Request, Response};
use shared::api::{self, Reply, TimeLeft};
use shared::domain::{OrderId, Step, Tenant, WorkQuery};
use shared::error::Error;
use shared::processing::{Done, Worker};
use shared::runtime::App;

/// Answers one request.
#[tracing::instrument(level = "error", name = "process-order", skip_all, fields(request.id = api::request_id(&request), tenant, order.id))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    api::respond(&request, process(app, &request).await)
}

async fn process(app: &App, request: &Request) -> Result<Reply<bool>, Error> {
    let time = TimeLeft::start();
    let tenant = app.tenant(request).await?;
    api::no_dry_run(request)?;
    let query = WorkQuery::read(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    query.order_id.iter().for_each(api::note_order);
    let worker = app.worker("process-order", api::request_id(request))?;
    let done = match &query.order_id {
        Some(id) => Some(process_order(&worker, &tenant, id).await?),
        None => worker.process_one(&tenant, &|| time.is_left()).await?,
    };
    Done::answer(done).map(Reply::ok)
}

/// Takes the next step of an order, if that leads to the card management system.
async fn process_order(worker: &Worker<'_>, tenant: &Tenant, id: &OrderId) -> Result<Done, Error> {
    let order = worker.store.work_order(&tenant.id, id).await?.ok_or(Error::OrderNotFound)?;
    match worker.next_step(&order) {
        Step::Scheduled => {
            let start = tenant.settings.time_zone.to_datetime(order.stage.scheduled_at);
            return Err(Error::NotDue(start));
        }
        Step::Claim | Step::Reclaim | Step::Void | Step::Hold => {}
        Step::Poll | Step::Expire | Step::Leased | Step::Held | Step::Ended => {
            return Err(Error::NotInState { status: worker.status_now(&order), asked: "processed" });
        }
    }
    match worker.advance(&order).await? {
        // Somebody was quicker: where it stands now says what became of it.
        Done::Lost | Done::Idle(_) => {
            let order = worker.store.work_order(&tenant.id, id).await?.ok_or(Error::OrderNotFound)?;
            Err(Error::NotInState { status: worker.status_now(&order), asked: "processed" })
        }
        done => Ok(done),
    }
}
