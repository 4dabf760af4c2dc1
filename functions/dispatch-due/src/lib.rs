//! Every minute: one message a tenant, for `work-due`. A message is a nudge, not the work: one that is lost is made up for
//! by the next.

use serde::Serialize;
use shared::error::{Error, chain};
use shared::runtime::App;

/// What `work-due` is told.
#[derive(Serialize)]
struct Nudge<'a> {
    tenant: &'a str,
}

/// Sends the messages; how many.
#[tracing::instrument(level = "error", name = "dispatch-due", skip_all)]
pub async fn handle(app: &App) -> Result<usize, Error> {
    let tenants = app.store.tenants().await?;
    let mut sent = 0;
    for tenant in &tenants {
        // A tenant's name can always be written.
        let body = serde_json::to_string(&Nudge { tenant: tenant.as_str() }).unwrap_or_default();
        match app.queue.send_for(tenant, body).await {
            Ok(()) => sent += 1,
            // The others must not wait for this one.
            Err(error) => {
                let cause = std::error::Error::source(&error).map(chain);
                tracing::error!(%tenant, %error, cause, "a tenant was not nudged");
            }
        }
    }
    tracing::debug!(tenants = tenants.len(), sent, "dispatched");
    if sent < tenants.len() {
        let source = format!("{} of {} tenants were not nudged", tenants.len() - sent, tenants.len()).into();
        return Err(Error::Unavailable { doing: "dispatching", source });
    }
    Ok(sent)
}
