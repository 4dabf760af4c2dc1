//! The Lambda binary of [`work_due`].

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use lambda_runtime::{LambdaEvent, service_fn};
use shared::runtime::{App, Need, StartError, init_tracing};

/// What must be left of a call's time to begin with an order: a probe and a call of 8 seconds each, and 3 in hand.
const IN_HAND: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    init_tracing();
    let app = &App::from_env(&[Need::Cms])?;
    let service = service_fn(|event: LambdaEvent<_>| async move {
        let deadline = event.context.deadline();
        let has_time = move || SystemTime::now() + IN_HAND < deadline;
        let id = event.context.request_id;
        // In a box, since the compiler gives up on futures that are nested as deeply as the SDK's.
        Ok::<_, Infallible>(Box::pin(work_due::handle(app, event.payload, &id, &has_time)).await)
    });
    lambda_runtime::run(service).await.map_err(StartError::Lambda)
}
