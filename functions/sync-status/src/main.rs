//! The Lambda binary of [`sync_status`].

use shared::api::{Function, entry};
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let processing = sandbox.processing(store.clone())?;
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::SyncStatus, async |call, route, request| {
        sync_status::handle(&processing, call, route, request).await
    })
    .await
}
