//! `POST /card-order/process`: hands one order to the card management system, the one that is named or the one that is due.

use lambda_http::Request;
use shared::api::{self, Reply};
use shared::call::{Call, note_order};
use shared::domain::{OrderId, Step, WorkQuery};
use shared::error::Error;
use shared::processing::{Processing, StepOutcome, Worker};

/// Processes the order that the body names, or the one that is due longest.
pub async fn handle(processing: &Processing, call: &Call, request: &Request) -> Result<Reply, Error> {
    let query = WorkQuery::read(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    let worker = processing.worker(call);
    let outcome = match &query.order_id {
        Some(id) => Some(process_order(&worker, call, id).await?),
        None => worker.process_one().await?,
    };
    StepOutcome::answer(outcome).map(Reply::success)
}

/// Takes the next step of an order, if that leads to the card management system.
async fn process_order(worker: &Worker<'_>, call: &Call, id: &OrderId) -> Result<StepOutcome, Error> {
    note_order(id);
    let order = worker.find(id).await?;
    match worker.next_step(&order) {
        Step::Scheduled => {
            let start = call.tenant.settings.time_zone.to_datetime(order.stage.scheduled_at);
            return Err(Error::NotDue(start));
        }
        Step::Claim | Step::Reclaim | Step::Void | Step::Hold => {}
        Step::Poll | Step::Expire | Step::Leased | Step::Held | Step::Ended => {
            return Err(Error::NotInState { status: worker.status_now(&order), asked: "processed" });
        }
    }
    match worker.advance(&order).await? {
        // Somebody was quicker: where it stands now says what became of it.
        StepOutcome::Lost | StepOutcome::Idle(_) => {
            let order = worker.find(id).await?;
            Err(Error::NotInState { status: worker.status_now(&order), asked: "processed" })
        }
        done => Ok(done),
    }
}
