//! The Lambda binary of [`dispatch_due`].

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use shared::runtime::{App, Need, StartError, init_tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    init_tracing();
    let app = &App::from_env(&[Need::Queue, Need::TenantsTable])?;
    // The schedule says nothing but that a minute has passed. A failure is reported, so that the alarm on errors sees it.
    let service =
        service_fn(|_: LambdaEvent<IgnoredAny>| async { dispatch_due::handle(app).await.map_err(Error::from) });
    lambda_runtime::run(service).await.map_err(StartError::Lambda)
}
