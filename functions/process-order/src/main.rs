//! The Lambda binary of [`process_order`].

use shared::api::{Function, entry};
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let processing = sandbox.processing(store.clone())?;
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::ProcessOrder, async |call, _, request| {
        process_order::handle(&processing, call, request).await
    })
    .await
}
