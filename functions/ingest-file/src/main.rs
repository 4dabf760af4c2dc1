//! The Lambda binary of [`ingest_file`].

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use lambda_runtime::{LambdaEvent, service_fn};
use shared::runtime::{App, Need, StartError, init_tracing};

/// What is left of a call's time when the rest of the work goes into a further message.
const IN_HAND: Duration = Duration::from_secs(45);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    init_tracing();
    let app = &App::from_env(&[Need::Queue])?;
    let service = service_fn(|event: LambdaEvent<_>| async move {
        let deadline = event.context.deadline();
        let has_time = move || SystemTime::now() + IN_HAND < deadline;
        // In a box, since the compiler gives up on futures that are nested as deeply as the SDK's.
        Ok::<_, Infallible>(Box::pin(ingest_file::handle(app, event.payload, &has_time)).await)
    });
    lambda_runtime::run(service).await.map_err(StartError::Lambda)
}
