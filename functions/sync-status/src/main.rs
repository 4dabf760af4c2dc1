//! The Lambda binary of [`sync_status`].

use shared::api::entry;
use shared::runtime::{App, Need, StartError, init_tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    init_tracing();
    let app = &App::from_env(&[Need::Cms])?;
    entry::run(|request| sync_status::handle(app, request)).await
}
