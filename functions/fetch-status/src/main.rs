//! The Lambda binary of [`fetch_status`].

use shared::api::{Function, entry};
use shared::orders::Orders;
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let orders = Orders::new(store.clone());
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::FetchStatus, async |call, route, request| {
        fetch_status::handle(&orders, call, route, request).await
    })
    .await
}
