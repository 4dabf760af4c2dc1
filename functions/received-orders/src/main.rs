//! The Lambda binary of [`received_orders`].

use shared::api::entry;
use shared::runtime::{App, Need, StartError, init_tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    init_tracing();
    let app = &App::from_env(&[Need::CursorKey])?;
    entry::run(|request| received_orders::handle(app, request)).await
}
