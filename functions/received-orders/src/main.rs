//! The Lambda binary of [`received_orders`].

use shared::api::{Cursors, Function, entry};
use shared::orders::Orders;
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let orders = Orders::new(store.clone());
    let cursors = Cursors::new(sandbox.cursor_key()?);
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::ReceivedOrders, async |call, _, request| {
        received_orders::handle(&orders, &cursors, call, request).await
    })
    .await
}
