//! A tenant has its turn: the next step of every order of it that is due.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use serde::Deserialize;
use shared::domain::TenantId;
use shared::error::{Error, chain};
use shared::runtime::App;

/// What `dispatch-due` tells.
#[derive(Deserialize)]
struct Nudge {
    tenant: TenantId,
}

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
        if let Err(error) = work(app, &message, request_id, has_time).await {
            let id = message.message_id.unwrap_or_default();
            let cause = std::error::Error::source(&error).map(chain);
            tracing::error!(message.id = id, %error, cause, "message goes back to the queue");
            response.add_failure(id);
        }
    }
    response
}

#[tracing::instrument(level = "error", skip_all, fields(tenant))]
async fn work(
    app: &App,
    message: &SqsMessage,
    request_id: &str,
    has_time: &(dyn Fn() -> bool + Sync),
) -> Result<(), Error> {
    let body = message.body.as_deref().unwrap_or_default();
    let Nudge { tenant } = serde_json::from_str(body)
        .map_err(|_| Error::Internal { doing: "reading a message", source: "it names no tenant".into() })?;
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
