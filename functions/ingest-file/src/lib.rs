//! Handles S3 object-created notifications from SQS: validates each file and claims its kits.

mod message;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use sha2::{Digest, Sha256};
use shared::api::batch::{self, BatchCall};
use shared::bucket::keys::{self, ObjectPlace};
use shared::deadline::Deadline;
use shared::domain::{FileDigest, MisplacedDrop, TenantId};
use shared::error::Error;
use shared::files::{Arrival, Files, Ingested};
use shared::queue::Queue;

use message::{Job, Message, Rejected};

/// What the function needs.
#[derive(Debug)]
pub struct IngestFile {
    /// The files of all tenants.
    pub files: Files,
    /// Receives what one call could not finish.
    pub queue: Queue,
}

/// Handles one batch. Returns the messages that failed.
#[tracing::instrument(level = "error", name = "ingest-file", skip_all, fields(request.id = call.request_id))]
pub async fn handle(ingest: &IngestFile, batch: SqsEvent, call: &BatchCall) -> SqsBatchResponse {
    batch::answer(batch, |body| Box::pin(handle_message(ingest, body, &call.deadline))).await
}

async fn handle_message(ingest: &IngestFile, body: String, deadline: &Deadline) -> Result<(), Error> {
    let message = Message::read(&body).map_err(|source| Error::Internal { doing: "reading a message", source })?;
    for job in message.jobs(ingest.files.bucket_name()) {
        let rejected = match job {
            Ok(job) => {
                let reason = handle_object(ingest, &job, deadline).await?;
                reason.map(|reason| Rejected { key: job.key, reason })
            }
            Err(rejected) => Some(rejected),
        };
        if let Some(Rejected { key, reason }) = rejected {
            // An alarm counts these lines. Only the key's hash is logged, because a key can contain any text.
            tracing::warn!(key.sha256 = %FileDigest(Sha256::digest(key).into()), reason, "drop not taken");
        }
    }
    Ok(())
}

/// Handles an object by where it lies. Returns the reason if it is rejected.
async fn handle_object(ingest: &IngestFile, job: &Job, deadline: &Deadline) -> Result<Option<&'static str>, Error> {
    let place = keys::read(&job.key);
    if let ObjectPlace::Inbox(tenant, _) | ObjectPlace::Uploads(tenant, _) | ObjectPlace::Misplaced(tenant, ..) = &place
    {
        tracing::Span::current().record("tenant", tenant.as_str());
        if !ingest.files.has_tenant(tenant).await? {
            return Ok(Some("the tenant is not registered"));
        }
    }
    match place {
        ObjectPlace::Inbox(tenant, name) => {
            validate(ingest, job, &job.arrival(tenant, Some(name)), deadline).await?;
        }
        ObjectPlace::Uploads(tenant, name) => {
            let ingested = validate(ingest, job, &job.arrival(tenant.clone(), None), deadline).await?;
            if ingested == Ingested::NamesNoFile {
                let drop = job.misplaced(name, "file: must lie under inbox/".to_owned());
                return keep_misplaced(ingest, &tenant, &drop).await;
            }
        }
        ObjectPlace::Misplaced(tenant, name, fault) => {
            return keep_misplaced(ingest, &tenant, &job.misplaced(name, fault)).await;
        }
        ObjectPlace::Folder => tracing::info!("nothing to do: a folder marker"),
        ObjectPlace::CardNumber => return Ok(Some("its name may contain a card number")),
        ObjectPlace::Stray => return Ok(Some("its key is outside every tenant's prefix")),
    }
    Ok(None)
}

/// Keeps a drop that matches no rule as an INVALID file. Returns the reason for the log.
async fn keep_misplaced(
    ingest: &IngestFile,
    tenant: &TenantId,
    drop: &MisplacedDrop,
) -> Result<Option<&'static str>, Error> {
    ingest.files.note_misplaced(tenant, drop).await?;
    Ok(Some("it matches no rule; fetchFile says why"))
}

/// Validates a file as far as time allows; another message continues the work.
async fn validate(ingest: &IngestFile, job: &Job, arrival: &Arrival, deadline: &Deadline) -> Result<Ingested, Error> {
    let progress = job.progress.clone();
    let ingested = if deadline.has_time() {
        ingest.files.ingest(arrival, progress, deadline).await?
    } else {
        Ingested::OutOfTime(progress)
    };
    match &ingested {
        Ingested::Settled(status) => tracing::info!(status = status.as_str(), "file settled"),
        Ingested::Passed(why) => tracing::info!(why, "nothing to do"),
        Ingested::OutOfTime(progress) => {
            tracing::info!("out of time; another message continues the work");
            ingest.queue.send(job.continued(progress.clone())).await?;
        }
        Ingested::NamesNoFile => {}
    }
    Ok(ingested)
}
