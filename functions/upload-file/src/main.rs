//! The Lambda binary of [`upload_file`].

use shared::api::entry;
use shared::runtime::{App, StartError, init_tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    init_tracing();
    let app = &App::from_env(&[])?;
    entry::run(|request| upload_file::handle(app, request)).await
}
