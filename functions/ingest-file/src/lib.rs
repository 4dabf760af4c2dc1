//! S3 tells of an object, through a queue: the file in it is validated, and its kits are claimed.

mod message;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use sha2::{Digest, Sha256};
use shared::api::batch::{self, BatchCall};
use shared::bucket::keys::{self, Place};
use shared::deadline::Deadline;
use shared::domain::{DropName, FileDigest, TenantId};
use shared::error::Error;
use shared::files::{Arrival, Files, Ingested, Progress};
use shared::queue::Queue;

use message::{Message, Part};

/// What the function works with.
#[derive(Debug)]
pub struct IngestFile {
    /// The files.
    pub files: Files,
    /// Where the rest of a file goes that one call cannot finish.
    pub queue: Queue,
}

/// Answers one batch.
#[tracing::instrument(level = "error", name = "ingest-file", skip_all, fields(request.id = call.request_id))]
pub async fn handle(ingest: &IngestFile, batch: SqsEvent, call: &BatchCall) -> SqsBatchResponse {
    batch::answer(batch, |body| Box::pin(take(ingest, body, &call.deadline))).await
}

async fn take(app: &IngestFile, body: String, deadline: &Deadline) -> Result<(), Error> {
    let message = Message::read(&body).map_err(|source| Error::Internal { doing: "reading a message", source })?;
    for part in message.parts(app.files.bucket_name()) {
        match part {
            Ok(part) => place(app, &part, deadline).await?,
            Err(untaken) => report_untaken(&untaken.key, untaken.reason),
        }
    }
    Ok(())
}

/// Does with an object what its key asks for. None is passed over without a trace but folder markers.
async fn place(app: &IngestFile, part: &Part, deadline: &Deadline) -> Result<(), Error> {
    let (tenant, file, drop) = match keys::read(part.key()) {
        Place::Inbox(tenant, file) => (tenant, Some(file), None),
        Place::Uploads(tenant, name) => (tenant, None, Some((name, "file: must lie under inbox/".to_owned()))),
        Place::Misplaced(tenant, name, fault) => {
            if is_registered(app, part, &tenant).await? {
                note_misplaced(app, part, &tenant, name, fault).await?;
            }
            return Ok(());
        }
        Place::Folder => {
            tracing::info!("folder marker");
            return Ok(());
        }
        Place::CardNumber => {
            report_untaken(part.key(), "its name may hold a card number");
            return Ok(());
        }
        Place::Stray => {
            report_untaken(part.key(), "it lies outside of every tenant's prefix");
            return Ok(());
        }
    };
    if !is_registered(app, part, &tenant).await? {
        return Ok(());
    }
    match (ingest(app, part, part.arrival(tenant.clone(), file), deadline).await?, drop) {
        (Ingested::NamesNoFile, Some((name, fault))) => note_misplaced(app, part, &tenant, name, fault).await,
        _ => Ok(()),
    }
}

async fn is_registered(app: &IngestFile, part: &Part, tenant: &TenantId) -> Result<bool, Error> {
    tracing::Span::current().record("tenant", tenant.as_str());
    let is_registered = app.files.has_tenant(tenant).await?;
    if !is_registered {
        report_untaken(part.key(), "the tenant is not registered");
    }
    Ok(is_registered)
}

/// Keeps a drop that no rule takes as an INVALID file.
async fn note_misplaced(
    app: &IngestFile,
    part: &Part,
    tenant: &TenantId,
    name: DropName,
    fault: String,
) -> Result<(), Error> {
    app.files.note_misplaced(tenant, &part.misplaced(name, fault)).await?;
    report_untaken(part.key(), "no rule takes it; fetchFile says why");
    Ok(())
}

/// An alarm counts these lines. A key may hold anything: it is logged by its hash.
fn report_untaken(key: &str, reason: &'static str) {
    let digest = FileDigest(Sha256::digest(key).into());
    tracing::warn!(key.sha256 = %digest, reason, "drop not taken");
}

async fn ingest(app: &IngestFile, part: &Part, arrival: Arrival, deadline: &Deadline) -> Result<Ingested, Error> {
    if !deadline.has_time() {
        let progress = part.progress();
        go_on(app, part, progress.clone()).await?;
        return Ok(Ingested::OutOfTime(progress));
    }
    let ingested = app.files.ingest(&arrival, part.progress(), deadline).await?;
    match &ingested {
        Ingested::Settled(status) => tracing::info!(status = status.as_str(), "file settled"),
        Ingested::Passed(why) => tracing::info!(why, "nothing to be done"),
        Ingested::OutOfTime(progress) => go_on(app, part, progress.clone()).await?,
        Ingested::NamesNoFile => {}
    }
    Ok(ingested)
}

/// Puts the rest of the work into a further message.
async fn go_on(app: &IngestFile, part: &Part, progress: Progress) -> Result<(), Error> {
    tracing::info!("the rest is left to a further message");
    app.queue.send(part.continued(progress)).await
}
