//! The Lambda binary of [`fetch_order`].

use shared::api::{Function, entry};
use shared::orders::Orders;
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let orders = Orders::new(store.clone());
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::FetchOrder, async |call, route, request| {
        fetch_order::handle(&orders, call, route, request).await
    })
    .await
}
