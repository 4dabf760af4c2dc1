//! The Lambda binary of [`fetch_file`].

use shared::api::{Cursors, Function, entry};
use shared::files::FileSearch;
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let files = FileSearch::new(store.clone());
    let cursors = Cursors::new(sandbox.cursor_key()?);
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::FetchFile, async |call, route, request| {
        fetch_file::handle(&files, &cursors, call, route, request).await
    })
    .await
}
