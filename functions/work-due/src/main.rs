//! The Lambda binary of [`work_due`].

use std::sync::Arc;
use std::time::Duration;

use shared::api::batch;
use shared::runtime::Sandbox;
use shared::tenants::Tenants;
use work_due::WorkDue;

/// The time a call needs to start another order: a probe and a request of 8 seconds each, and some to spare.
const RESERVE: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let processing = Arc::new(sandbox.processing(store.clone())?);
    let work = WorkDue { tenants: Tenants::new(store), processing, clock: sandbox.clock()? };
    batch::serve(RESERVE, async |batch, call| work_due::handle(&work, batch, call).await).await
}
