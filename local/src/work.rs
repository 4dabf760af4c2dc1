//! The tick, and the queue between `dispatch-due` and `work-due`: what EventBridge Scheduler and a fair SQS queue are on
//! AWS. Every tenant has its turn at once; a tenant that still has its turn when the next message comes gets another
//! one afterwards.

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

/// The sending end of the queue.
pub type Nudges = mpsc::UnboundedSender<String>;

/// Tenants that have their turn, and whether another message has come for them.
type Turns = Arc<Mutex<HashMap<String, bool>>>;

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
        if begins(&turns, &message) {
            tasks.spawn(take(Turn { message, turns: Arc::clone(&turns) }, Arc::clone(&app)));
        }
    }
}

/// Whether a message begins a turn; if its tenant has one, that is followed by another.
fn begins(turns: &Turns, message: &str) -> bool {
    let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
    match turns.get_mut(message) {
        Some(another) => {
            *another = true;
            false
        }
        None => turns.insert(message.to_owned(), false).is_none(),
    }
}

/// A turn that is under way; its tenant is free again when it ends, however it ends.
struct Turn {
    message: String,
    turns: Turns,
}

impl Turn {
    /// Whether another message came meanwhile.
    fn is_followed(&self) -> bool {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get_mut(&self.message).is_some_and(std::mem::take)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.message);
    }
}

async fn take(turn: Turn, app: Arc<App>) {
    loop {
        let id = Uuid::new_v4().to_string();
        let began = Instant::now();
        let record = json!({ "messageId": id, "body": turn.message, "eventSource": "aws:sqs" });
        match serde_json::from_value(json!({ "Records": [record] })) {
            // What failed is in the log, and the next tick makes up for it.
            Ok(event) => drop(work_due::handle(&app, event, &id, &|| began.elapsed() < TURN).await),
            Err(error) => tracing::error!(%error, "a message cannot be made"),
        }
        if !turn.is_followed() {
            return;
        }
    }
}
