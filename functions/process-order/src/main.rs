//! The Lambda binary of [`process_order`].

use shared::api::entry;
use shared::runtime::{App, Need, StartError, init_tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    init_tracing();
    let app = &App::from_env(&[Need::Cms])?;
    entry::run(|request| process_order::handle(app, request)).await
}
