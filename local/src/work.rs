//! The tick, and the queue between `dispatch-due` and `work-due`: on AWS, EventBridge Scheduler and a fair SQS queue. As
//! there, every tenant gets its turn at once, and no turn waits for a long one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use shared::error::chain;
use shared::runtime::App;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

/// How long after its start a turn may begin with another order.
const TURN: Duration = Duration::from_secs(40);

/// How many turns one tenant may have at once.
const TURNS_AT_ONCE: u32 = 4;

/// The sending end of the queue.
pub(crate) type Nudges = mpsc::UnboundedSender<String>;

/// How many turns each tenant has now.
type Turns = Arc<Mutex<HashMap<String, u32>>>;

/// Starts due work every so often, for ever.
pub(crate) async fn tick(every: Duration, app: Arc<App>) {
    loop {
        tokio::time::sleep(every).await;
        // The next tick tries again.
        if let Err(error) = dispatch_due::handle(&app).await {
            tracing::error!(cause = %chain(&error), "the tick failed");
        }
    }
}

/// Sends messages to the function, for ever. Cutting a turn off loses nothing.
pub(crate) async fn serve(mut messages: mpsc::UnboundedReceiver<String>, app: Arc<App>) {
    let turns = Turns::default();
    let mut tasks = JoinSet::new();
    loop {
        let message = tokio::select! {
            Some(ended) = tasks.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a turn of work-due failed");
                }
                continue;
            }
            message = messages.recv() => message,
        };
        let Some(message) = message else { return };
        // A tenant with enough turns gets another message with the next tick.
        if let Some(turn) = Turn::begin(&turns, message) {
            tasks.spawn(take(turn, Arc::clone(&app)));
        }
    }
}

/// A turn under way. Another may begin once this is dropped, however the turn ended.
struct Turn {
    message: String,
    turns: Turns,
}

impl Turn {
    /// Begins a turn; `None` where the tenant has enough of them.
    fn begin(turns: &Turns, message: String) -> Option<Self> {
        let mut counts = turns.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(message.clone()).or_default();
        if *count == TURNS_AT_ONCE {
            return None;
        }
        *count += 1;
        Some(Self { message, turns: Arc::clone(turns) })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut counts = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.message) {
            *count -= 1;
        }
    }
}

async fn take(turn: Turn, app: Arc<App>) {
    let id = Uuid::new_v4().to_string();
    let began = Instant::now();
    let record = json!({ "messageId": id, "body": turn.message, "eventSource": "aws:sqs" });
    match serde_json::from_value(json!({ "Records": [record] })) {
        // `work-due` has logged what failed, and the next tick tries again.
        Ok(event) => drop(work_due::handle(&app, event, &id, &|| began.elapsed() < TURN).await),
        Err(error) => tracing::error!(%error, "an event could not be built"),
    }
}
