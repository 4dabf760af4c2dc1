//! The Lambda binary of [`create_order`].

use shared::api::{Function, entry};
use shared::orders::Orders;
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let orders = Orders::new(store.clone());
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::CreateOrder, async |call, _, request| {
        create_order::handle(&orders, call, request).await
    })
    .await
}
