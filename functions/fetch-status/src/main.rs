//! The Lambda binary of [`fetch_status`].

use shared::api::entry;
use shared::runtime::{App, StartError, init_tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    init_tracing();
    let app = &App::from_env(&[])?;
    entry::run(|request| fetch_status::handle(app, request)).await
}
