//! S3 tells of an object, through a queue: the file in it is validated, and its kits are claimed.

mod message;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use sha2::{Digest, Sha256};
use shared::bucket::keys::{self, Place};
use shared::domain::{DropName, FileDigest, TenantId};
use shared::error::{Error, chain};
use shared::files::{self, Arrival, Ingested, Progress};
use shared::runtime::App;

use message::{Message, Part};

/// Answers one batch: a message that may succeed later goes back to the queue, alone.
#[tracing::instrument(level = "error", name = "ingest-file", skip_all)]
pub async fn handle(app: &App, batch: SqsEvent, has_time: &(dyn Fn() -> bool + Sync)) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        if !is_done(app, &message, has_time).await {
            response.add_failure(message.message_id.unwrap_or_default());
        }
    }
    response
}

/// Whether a message is dealt with; what kept it from that goes to the log.
#[tracing::instrument(level = "error", name = "message", skip_all, fields(tenant))]
async fn is_done(app: &App, message: &SqsMessage, has_time: &(dyn Fn() -> bool + Sync)) -> bool {
    let done = take(app, message, has_time).await;
    if let Err(error) = &done {
        let cause = std::error::Error::source(error).map(chain);
        tracing::error!(message.id = message.message_id, %error, cause, "message goes back to the queue");
    }
    done.is_ok()
}

async fn take(app: &App, message: &SqsMessage, has_time: &(dyn Fn() -> bool + Sync)) -> Result<(), Error> {
    let body = message.body.as_deref().unwrap_or_default();
    let message = Message::read(body).map_err(|source| Error::Internal { doing: "reading a message", source })?;
    for part in message.parts(app.bucket.name()) {
        match part {
            Ok(part) => place(app, &part, has_time).await?,
            Err(untaken) => report_untaken(&untaken.key, untaken.reason),
        }
    }
    Ok(())
}

/// Does with an object what its key asks for. None is passed over without a trace but folder markers.
async fn place(app: &App, part: &Part, has_time: &(dyn Fn() -> bool + Sync)) -> Result<(), Error> {
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
    match (ingest(app, part, part.arrival(tenant.clone(), file), has_time).await?, drop) {
        (Ingested::NamesNoFile, Some((name, fault))) => note_misplaced(app, part, &tenant, name, fault).await,
        _ => Ok(()),
    }
}

async fn is_registered(app: &App, part: &Part, tenant: &TenantId) -> Result<bool, Error> {
    tracing::Span::current().record("tenant", tenant.as_str());
    let is_registered = app.store.settings(tenant).await?.is_some();
    if !is_registered {
        report_untaken(part.key(), "the tenant is not registered");
    }
    Ok(is_registered)
}

/// Keeps a drop that no rule takes as an INVALID file.
async fn note_misplaced(app: &App, part: &Part, tenant: &TenantId, name: DropName, fault: String) -> Result<(), Error> {
    app.store.note_misplaced(tenant, &part.misplaced(name, fault)).await?;
    report_untaken(part.key(), "no rule takes it; fetchFile says why");
    Ok(())
}

/// An alarm counts these lines. A key may hold anything: it is logged by its hash.
fn report_untaken(key: &str, reason: &'static str) {
    let digest = FileDigest(Sha256::digest(key).into());
    tracing::warn!(key.sha256 = %digest, reason, "drop not taken");
}

async fn ingest(
    app: &App,
    part: &Part,
    arrival: Arrival,
    has_time: &(dyn Fn() -> bool + Sync),
) -> Result<Ingested, Error> {
    if !has_time() {
        go_on(app, part, Progress::default()).await?;
        return Ok(Ingested::OutOfTime(Progress::default()));
    }
    let ingested = files::ingest(app.places(), &arrival, part.progress(), has_time).await?;
    match &ingested {
        Ingested::Settled(status) => tracing::info!(status = status.as_str(), "file settled"),
        Ingested::Passed(why) => tracing::info!(why, "nothing to be done"),
        Ingested::OutOfTime(progress) => go_on(app, part, progress.clone()).await?,
        Ingested::NamesNoFile => {}
    }
    Ok(ingested)
}

/// Puts the rest of the work into a further message.
async fn go_on(app: &App, part: &Part, progress: Progress) -> Result<(), Error> {
    tracing::info!("the rest is left to a further message");
    app.queue.send(part.continued(progress)).await
}
