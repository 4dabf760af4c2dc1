//! A tenant has its turn: the next step of every order of it that is due.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use shared::error::{Error, chain, unreadable};
use shared::queue::Nudge;
use shared::runtime::App;

/// Answers one batch: a message that may succeed later goes back to the queue, alone. `request_id` is the call's.
#[tracing::instrument(level = "error", name = "work-due", skip_all, fields(request.id = request_id))]
pub async fn handle(
    app: &App,
    batch: SqsEvent,
    request_id: &str,
    has_time: &(dyn Fn() -> bool + Sync),
) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        if !is_done(app, &message, request_id, has_time).await {
            response.add_failure(message.message_id.unwrap_or_default());
        }
    }
    response
}

/// Whether a message is dealt with; what kept it from that goes to the log.
#[tracing::instrument(level = "error", name = "message", skip_all, fields(tenant))]
async fn is_done(app: &App, message: &SqsMessage, request_id: &str, has_time: &(dyn Fn() -> bool + Sync)) -> bool {
    let done = work(app, message, request_id, has_time).await;
    if let Err(error) = &done {
        let cause = std::error::Error::source(error).map(chain);
        tracing::error!(message.id = message.message_id, %error, cause, "message goes back to the queue");
    }
    done.is_ok()
}

async fn work(
    app: &App,
    message: &SqsMessage,
    request_id: &str,
    has_time: &(dyn Fn() -> bool + Sync),
) -> Result<(), Error> {
    let body = message.body.as_deref().unwrap_or_default();
    let Nudge { tenant } = serde_json::from_str(body)
        .map_err(|error| Error::Internal { doing: "reading a message", source: unreadable(&error) })?;
    tracing::Span::current().record("tenant", tenant.as_str());
    let tenant = match app.registered_tenant(tenant).await {
        Err(Error::TenantUnknown) => {
            tracing::warn!("the list of tenants names one that is not registered");
            return Ok(());
        }
        tenant => tenant?,
    };
    app.worker("work-due", request_id)?.sweep_due(&tenant, has_time).await?.tell("work done");
    Ok(())
}
