//! The tick, and the queue between `dispatch-due` and `work-due`: on AWS, EventBridge Scheduler and a fair SQS queue. As
//! there, every tenant gets its turn at once, and no turn waits for a long one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use shared::api::batch::BatchCall;
use shared::deadline::Deadline;
use shared::error::chain;
use shared::queue::Queue;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::calling::work_of;
use crate::handlers::Handlers;

/// How long after its start a turn may begin with another order.
const TURN: Duration = Duration::from_secs(40);

/// How many turns one tenant may have at once.
const TURNS_AT_ONCE: u32 = 4;

/// Returns both ends of the queue.
pub(crate) fn queue() -> (Queue, mpsc::UnboundedReceiver<String>) {
    let (messages, received) = mpsc::unbounded_channel();
    let send = move |message| {
        if messages.send(message).is_err() {
            tracing::debug!("the stack is stopping");
        }
    };
    (Queue::InProcess(Arc::new(send)), received)
}

/// How many turns each tenant has now.
type Turns = Arc<Mutex<HashMap<String, u32>>>;

/// Starts due work every so often, for ever.
pub(crate) async fn tick(every: Duration, handlers: Arc<Handlers>) {
    loop {
        tokio::time::sleep(every).await;
        // The next tick tries again.
        if let Err(error) = handlers.dispatch().await {
            tracing::error!(cause = %chain(&error), "the tick failed");
        }
    }
}

/// Sends messages to the function, for ever. Cutting a turn off loses nothing.
pub(crate) async fn serve(mut messages: mpsc::UnboundedReceiver<String>, handlers: Arc<Handlers>) {
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
            tasks.spawn(take(turn, Arc::clone(&handlers)));
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

async fn take(turn: Turn, handlers: Arc<Handlers>) {
    let id = Uuid::new_v4().to_string();
    let call = BatchCall { request_id: id.clone(), deadline: Deadline::after(TURN) };
    let record = json!({ "messageId": id, "body": turn.message, "eventSource": "aws:sqs" });
    match serde_json::from_value(json!({ "Records": [record] })) {
        // `work-due` has logged what failed, and the next tick tries again.
        Ok(event) => drop(work_of("work-due", work_due::handle(&handlers.work, event, &call)).await),
        Err(error) => tracing::error!(%error, "an event could not be built"),
    }
}
