//! Every minute: one message a tenant, for `work-due`. A message is a nudge, not the work: one that is lost is made up for
//! by the next.

use shared::error::{Error, chain};
use shared::queue::Nudge;
use shared::runtime::App;

/// Sends the messages; how many.
#[tracing::instrument(level = "error", name = "dispatch-due", skip_all)]
pub async fn handle(app: &App) -> Result<usize, Error> {
    let tenants = app.store.tenants().await?;
    let count = tenants.len();
    let mut sent = 0;
    for nudge in tenants.into_iter().map(|tenant| Nudge { tenant }) {
        match app.queue.nudge(&nudge).await {
            Ok(()) => sent += 1,
            // The others must not wait for this one.
            Err(error) => {
                let cause = std::error::Error::source(&error).map(chain);
                tracing::error!(tenant = %nudge.tenant, %error, cause, "a tenant was not nudged");
            }
        }
    }
    tracing::debug!(tenants = count, sent, "dispatched");
    if sent < count {
        let source = format!("{} of {count} tenants were not nudged", count - sent).into();
        return Err(Error::Unavailable { doing: "dispatching", source });
    }
    Ok(sent)
}
