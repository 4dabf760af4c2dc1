//! Sends one message per tenant to `work-due` every minute. The message carries no work, so the next one makes up for a
//! lost one.

use shared::error::{Error, chain};
use shared::queue::{Nudge, Queue};
use shared::store::TenantList;

/// Sends one message per tenant. Returns how many were sent.
#[tracing::instrument(level = "error", name = "dispatch-due", skip_all)]
pub async fn handle(list: &TenantList, queue: &Queue) -> Result<usize, Error> {
    let tenants = list.tenants().await?;
    let count = tenants.len();
    let mut sent = 0;
    for nudge in tenants.into_iter().map(|tenant| Nudge { tenant }) {
        match queue.nudge(&nudge).await {
            Ok(()) => sent += 1,
            // One failure must not delay the other tenants.
            Err(error) => {
                let cause = std::error::Error::source(&error).map(chain);
                tracing::error!(tenant = %nudge.tenant, %error, cause, "the message for a tenant was not sent");
            }
        }
    }
    tracing::debug!(tenants = count, sent, "dispatched");
    if sent < count {
        let source = format!("{} of {count} messages were not sent", count - sent).into();
        return Err(Error::Unavailable { doing: "dispatching", source });
    }
    Ok(sent)
}
