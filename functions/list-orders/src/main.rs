//! The Lambda binary of [`list_orders`].

use list_orders::Lists;
use shared::api::{Cursors, Function, entry};
use shared::orders::Orders;
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let lists = Lists {
        orders: Orders::new(store.clone()),
        cursors: Cursors::new(sandbox.cursor_key()?),
        stuck_after: sandbox.stuck_after()?,
    };
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::ListOrders, async |call, route, request| {
        list_orders::handle(&lists, call, route, request).await
    })
    .await
}
