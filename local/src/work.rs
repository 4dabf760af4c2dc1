//! The tick, and the queue between `dispatch-due` and `work-due`: what EventBridge Scheduler and a fair SQS queue are on
//! AWS. Every tenant has its turn at once, and as there, a turn that takes long does not keep the next one waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use shared::error::chain;
use shared::runtime::App;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::stack::Stopped;

/// What one turn may take until it begins with no further order.
const TURN: Duration = Duration::from_secs(40);

/// Turns that one tenant has at once, at most.
const TURNS_AT_ONCE: u32 = 4;

/// The sending end of the queue.
pub type Nudges = mpsc::UnboundedSender<String>;

/// How many turns each tenant has at present.
type Turns = Arc<Mutex<HashMap<String, u32>>>;

/// Lets due work begin every so often, until told to stop.
pub async fn tick(every: Duration, app: Arc<App>, stopped: Stopped) {
    let stopped = stopped.wait();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => return,
            () = tokio::time::sleep(every) => {}
        }
        // What failed is in the log, and the next tick makes up for it.
        if let Err(error) = dispatch_due::handle(&app).await {
            tracing::error!(cause = %chain(&error), "the tick failed");
        }
    }
}

/// Gives messages to the function until told to stop; a turn that is under way then is cut off, which loses nothing.
pub async fn serve(mut messages: mpsc::UnboundedReceiver<String>, app: Arc<App>, stopped: Stopped) {
    let stopped = stopped.wait();
    tokio::pin!(stopped);
    let turns = Turns::default();
    let mut tasks = JoinSet::new();
    loop {
        let message = tokio::select! {
            () = &mut stopped => return,
            Some(ended) = tasks.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a turn broke off");
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

/// A turn that is under way; it makes room for another when it ends, however it ends.
struct Turn {
    message: String,
    turns: Turns,
}

impl Turn {
    /// `None`: the tenant of the message has enough turns.
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
        // What failed is in the log, and the next tick makes up for it.
        Ok(event) => drop(work_due::handle(&app, event, &id, &|| began.elapsed() < TURN).await),
        Err(error) => tracing::error!(%error, "a message cannot be made"),
    }
}
