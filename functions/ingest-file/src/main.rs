//! The Lambda binary of [`ingest_file`].

use std::time::Duration;

use ingest_file::IngestFile;
use shared::api::batch;
use shared::files::Files;
use shared::runtime::Sandbox;

/// The time left when a call passes the rest of its work to another message.
const RESERVE: Duration = Duration::from_secs(45);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let sandbox = Sandbox::start().await?;
    let files = Files::new(sandbox.store()?, sandbox.bucket()?, sandbox.clock()?);
    let ingest = IngestFile { files, queue: sandbox.queue()? };
    batch::serve(RESERVE, async |batch, call| ingest_file::handle(&ingest, batch, call).await).await
}
