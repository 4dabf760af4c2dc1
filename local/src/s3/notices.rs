//! The queue between the bucket and `ingest-file`: what SQS is on AWS. It lasts as long as the objects do.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use shared::runtime::App;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::objects::Objects;
use crate::stack::Stopped;

/// How often a message is received before it is put aside.
const RECEIVES_MAX: u32 = 5;
/// Messages that are worked on at once: a large file does not keep the others waiting.
const AT_ONCE: usize = 4;
/// How long after a failure a message is received again.
const PAUSE_MS: i64 = 2_000;
/// How often the queue is looked at without news.
const POLL: Duration = Duration::from_secs(1);

/// The queue.
#[derive(Debug, Clone)]
pub struct Notices {
    pub(super) objects: Arc<Objects>,
    pub(super) news: Arc<Notify>,
    pub(super) is_paused: Arc<AtomicBool>,
    /// Messages that are worked on: nobody else receives them.
    pub(super) in_work: Arc<Mutex<HashSet<i64>>>,
}

/// A message: its id, its body, and how often it was received before.
type Message = (i64, String, u32);

impl Notices {
    /// Puts a message into the queue.
    pub fn send(&self, body: &str) {
        match self.objects.send(body) {
            Ok(()) => self.news.notify_one(),
            Err(error) => tracing::error!(%error, "a message was lost"),
        }
    }

    /// Leaves messages in the queue.
    pub fn pause(&self) {
        self.is_paused.store(true, Ordering::Relaxed);
    }

    /// Gives messages to the function until told to stop; what is under way then is cut off, and received again after the
    /// next start.
    pub async fn serve(self, app: Arc<App>, stopped: Stopped) {
        let stopped = stopped.wait();
        tokio::pin!(stopped);
        let mut calls = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut stopped => return,
                () = self.news.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                Some(ended) = calls.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a call broke off");
                    }
                }
            }
            while calls.len() < AT_ONCE
                && let Some(message) = self.receive()
            {
                calls.spawn(self.clone().call(message, Arc::clone(&app)));
            }
        }
    }

    /// The oldest message that is due and that nobody works on.
    fn receive(&self) -> Option<Message> {
        if self.is_paused.load(Ordering::Relaxed) {
            return None;
        }
        let mut in_work = self.in_work.lock().unwrap_or_else(PoisonError::into_inner);
        let due = self.objects.receive(Timestamp::now().as_millisecond(), AT_ONCE + 1);
        let message = due
            .unwrap_or_else(|error| {
                tracing::error!(%error, "the queue failed");
                Vec::new()
            })
            .into_iter()
            .find(|(id, ..)| !in_work.contains(id))?;
        in_work.insert(message.0);
        Some(message)
    }

    /// Gives one message to the function.
    async fn call(self, (id, body, receives): Message, app: Arc<App>) {
        let working = InWork { id, in_work: Arc::clone(&self.in_work) };
        let attributes = json!({ "ApproximateReceiveCount": (receives + 1).to_string() });
        let record =
            json!({ "messageId": id.to_string(), "body": body, "attributes": attributes, "eventSource": "aws:sqs" });
        let is_done = match serde_json::from_value(json!({ "Records": [record] })) {
            Ok(event) => ingest_file::handle(&app, event, &|| true).await.batch_item_failures.is_empty(),
            Err(error) => {
                tracing::error!(%error, "an event cannot be made");
                true
            }
        };
        let settled = if is_done {
            self.objects.delete(id)
        } else {
            let is_dead = receives + 1 >= RECEIVES_MAX;
            if is_dead {
                tracing::error!(message.id = id, "message put aside after {RECEIVES_MAX} receives");
            }
            self.objects.give_back(id, Timestamp::now().as_millisecond() + PAUSE_MS, is_dead)
        };
        if let Err(error) = settled {
            tracing::error!(%error, "the queue failed");
        }
        drop(working);
        self.news.notify_one();
    }
}

/// A message that is worked on; it is free again when the work ends, however it ends.
struct InWork {
    id: i64,
    in_work: Arc<Mutex<HashSet<i64>>>,
}

impl Drop for InWork {
    fn drop(&mut self) {
        self.in_work.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
