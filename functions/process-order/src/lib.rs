//! `POST /card-order/process`: sends one order to the card management system: the named order, or the next one due.

use lambda_http::Request;
use shared::api::{self, Reply};
use shared::call::{Call, note_order};
use shared::domain::{OrderId, Step, read_order_if_any};
use shared::error::Error;
use shared::processing::{Processing, StepOutcome, Worker};

/// Processes the order that the body names, or else the one that has been due the longest.
pub async fn handle(processing: &Processing, call: &Call, request: &Request) -> Result<Reply, Error> {
    let id = read_order_if_any(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    let worker = processing.worker(call);
    let outcome = match &id {
        Some(id) => Some(process_order(&worker, call, id).await?),
        None => worker.process_one().await?,
    };
    StepOutcome::answer(outcome).map(Reply::success)
}

/// Takes the next step of an order if it involves the card management system.
async fn process_order(worker: &Worker<'_>, call: &Call, id: &OrderId) -> Result<StepOutcome, Error> {
    note_order(id);
    let order = worker.find(id).await?;
    match worker.next_step(&order) {
        Step::Scheduled => {
            let start = call.tenant.settings.time_zone.to_datetime(order.state.scheduled_at);
            return Err(Error::NotDue(start));
        }
        Step::AwaitApproval => return Err(Error::AwaitsApproval),
        Step::Claim | Step::Reclaim | Step::Void | Step::Hold => {}
        Step::Poll | Step::Expire | Step::Leased | Step::Held | Step::Ended => {
            return Err(Error::NotInState { status: worker.status_now(&order), asked: "processed" });
        }
    }
    match worker.advance(&order).await? {
        // Another worker was faster: report the status that it left.
        StepOutcome::Lost | StepOutcome::Idle(_) => {
            let order = worker.find(id).await?;
            Err(Error::NotInState { status: worker.status_now(&order), asked: "processed" })
        }
        done => Ok(done),
    }
}
