//! Takes the next step of every due order of one tenant.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use shared::api::batch::{self, BatchCall};
use shared::call::Call;
use shared::clock::Clock;
use shared::domain::Scopes;
use shared::error::{Error, unreadable};
use shared::processing::Processing;
use shared::queue::Nudge;
use shared::tenants::Tenants;

/// What the function needs.
#[derive(Debug)]
pub struct WorkDue {
    /// The registered tenants.
    pub tenants: Tenants,
    /// Processes their orders.
    pub processing: Arc<Processing>,
    /// The time.
    pub clock: Clock,
}

/// Handles one batch. Returns the messages that failed.
#[tracing::instrument(level = "error", name = "work-due", skip_all, fields(request.id = call.request_id))]
pub async fn handle(work: &WorkDue, batch: SqsEvent, call: &BatchCall) -> SqsBatchResponse {
    batch::answer(batch, |body| Box::pin(advance_orders(work, body, call))).await
}

async fn advance_orders(work: &WorkDue, body: String, call: &BatchCall) -> Result<(), Error> {
    let Nudge { tenant } = serde_json::from_str(&body)
        .map_err(|error| Error::Internal { doing: "reading a message", source: unreadable(&error) })?;
    tracing::Span::current().record("tenant", tenant.as_str());
    let Some(tenant) = work.tenants.find(tenant).await? else {
        tracing::info!("the tenant is not registered or is disabled: its orders are left alone");
        return Ok(());
    };
    let call = Call {
        tenant,
        principal: None,
        scopes: Scopes::default(),
        actor: "work-due",
        request_id: call.request_id.clone(),
        now: work.clock.now(),
        is_dry_run: false,
        deadline: call.deadline.clone(),
    };
    work.processing.worker(&call).sweep_due().await?.log("work done");
    Ok(())
}
