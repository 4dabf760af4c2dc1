//! The Lambda binary of [`dispatch_due`].

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sandbox = Sandbox::start().await?;
    let (list, queue) = (&sandbox.tenant_list()?, &sandbox.queue()?);
    // The event only says that a minute has passed. A failure is returned, so that the alarm on errors sees it.
    let service =
        service_fn(|_: LambdaEvent<IgnoredAny>| async { dispatch_due::handle(list, queue).await.map_err(Error::from) });
    lambda_runtime::run(service).await
}
