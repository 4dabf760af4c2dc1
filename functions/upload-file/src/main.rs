//! The Lambda binary of [`upload_file`].

use shared::api::{Function, entry};
use shared::files::Files;
use shared::runtime::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let sandbox = Sandbox::start().await?;
    let store = sandbox.store()?;
    let files = Files::new(store.clone(), sandbox.bucket()?, sandbox.clock()?);
    let callers = sandbox.callers(store)?;
    entry::serve(&callers, Function::UploadFile, async |call, route, request| {
        upload_file::handle(&files, call, route, request).await
    })
    .await
}
