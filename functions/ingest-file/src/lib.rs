//! S3 tells of an object, through a queue: the file in it is validated, and its kits are claimed.

mod message;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use shared::error::{Error, chain};
use shared::files::{self, Arrival, Ingested, Progress};
use shared::runtime::App;

use message::{Message, Part};

/// Answers one batch: a message that may succeed later goes back to the queue, alone.
#[tracing::instrument(level = "error", name = "ingest-file", skip_all)]
pub async fn handle(app: &App, batch: SqsEvent, has_time: &(dyn Fn() -> bool + Sync)) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        let id = message.message_id.clone().unwrap_or_default();
        if let Err(error) = take(app, &message, has_time).await {
            let cause = std::error::Error::source(&error).map(chain);
            tracing::error!(message.id = id, %error, cause, "message goes back to the queue");
            response.add_failure(id);
        }
    }
    response
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
    if app.store.settings(&arrival.tenant).await?.is_none() {
        tracing::warn!(tenant = %arrival.tenant, "the tenant is not registered");
        return Ok(());
    }
    if !has_time() {
        return go_on(app, &part, Progress::default()).await;
    }
    let Arrival { tenant, .. } = &arrival;
    match files::ingest(app.places(), &arrival, part.progress(), has_time).await? {
        Ingested::Settled(status) => tracing::info!(%tenant, status = status.as_str(), "file settled"),
        Ingested::Passed(why) => tracing::info!(%tenant, why, "nothing to be done"),
        Ingested::OutOfTime(progress) => go_on(app, &part, progress).await?,
    }
    Ok(())
}

/// Puts the rest of the work into a further message.
async fn go_on(app: &App, part: &Part, progress: Progress) -> Result<(), Error> {
    tracing::info!("the rest is left to a further message");
    app.queue.send(part.continued(progress)).await
}
