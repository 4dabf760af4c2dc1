//! S3 tells of an object, through a queue: the file in it is validated, and its kits are claimed.

mod message;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use shared::error::{Error, chain};
use shared::files::{self, Ingested, Progress};
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
    for part in message.parts() {
        ingest(app, part, has_time).await?;
    }
    Ok(())
}

async fn ingest(app: &App, part: Part, has_time: &(dyn Fn() -> bool + Sync)) -> Result<(), Error> {
    let Some(arrival) = part.arrival() else {
        tracing::info!("not one of our prefixes, or not a file's name");
        return Ok(());
    };
    tracing::Span::current().record("tenant", arrival.tenant.as_str());
    if app.store.settings(&arrival.tenant).await?.is_none() {
        tracing::warn!("the tenant is not registered");
        return Ok(());
    }
    if !has_time() {
        return go_on(app, &part, Progress::default()).await;
    }
    match files::ingest(app.places(), &arrival, part.progress(), has_time).await? {
        Ingested::Settled(status) => tracing::info!(status = status.as_str(), "file settled"),
        Ingested::Passed(why) => tracing::info!(why, "nothing to be done"),
        Ingested::OutOfTime(progress) => go_on(app, &part, progress).await?,
    }
    Ok(())
}

/// Puts the rest of the work into a further message.
async fn go_on(app: &App, part: &Part, progress: Progress) -> Result<(), Error> {
    tracing::info!("the rest is left to a further message");
    app.queue.send(part.continued(progress)).await
}
