//! The queue between the bucket and `ingest-file`, which on AWS is an SQS queue. It is stored with the objects.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use shared::api::batch::BatchCall;
use shared::deadline::Deadline;
use shared::queue::Queue;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::objects::Objects;
use crate::calling::work_of;
use crate::handlers::Handlers;

/// How often a message is received before it is dead.
const RECEIVES_MAX: u32 = 5;
/// How many messages are handled at once, so that a large file does not block the others.
const AT_ONCE: usize = 4;
/// How long after a failure a message may be received again.
const PAUSE_MS: i64 = 2_000;
/// How often the queue is read if nothing was sent to it.
const POLL: Duration = Duration::from_secs(1);

/// The queue.
#[derive(Debug, Clone)]
pub struct Notices {
    objects: Arc<Objects>,
    news: Arc<Notify>,
    is_paused: Arc<AtomicBool>,
    /// The messages that are being handled and must not be received meanwhile.
    in_progress: Arc<Mutex<HashSet<i64>>>,
}

/// A message: id, body, and how often it was received before.
type Message = (i64, String, u32);

impl Notices {
    /// The queue that is stored with these objects; `news` is notified of each new message.
    pub(super) fn new(objects: Arc<Objects>, news: Arc<Notify>) -> Self {
        Self { objects, news, is_paused: Arc::default(), in_progress: Arc::default() }
    }

    /// Returns the sending end of the queue.
    #[must_use]
    pub fn queue(&self) -> Queue {
        let notices = self.clone();
        Queue::InProcess(Arc::new(move |body| notices.send(&body)))
    }

    /// Puts a message into the queue.
    pub fn send(&self, body: &str) {
        match self.objects.send(body) {
            Ok(()) => self.news.notify_one(),
            Err(error) => tracing::error!(%error, "a message could not be put into the queue"),
        }
    }

    /// Leaves messages in the queue from now on.
    pub fn pause(&self) {
        self.is_paused.store(true, Ordering::Relaxed);
    }

    /// Calls the function with messages for ever. A message whose call is cut off is received again after the next start.
    pub(crate) async fn serve(self, handlers: Arc<Handlers>) {
        let mut calls = JoinSet::new();
        loop {
            tokio::select! {
                () = self.news.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                Some(ended) = calls.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a call of ingest-file failed");
                    }
                }
            }
            while calls.len() < AT_ONCE
                && let Some(message) = self.receive()
            {
                calls.spawn(self.clone().call(message, Arc::clone(&handlers)));
            }
        }
    }

    /// Takes the oldest message that is due and not being handled.
    fn receive(&self) -> Option<Message> {
        if self.is_paused.load(Ordering::Relaxed) {
            return None;
        }
        let mut in_progress = self.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
        let due = self.objects.receive(Timestamp::now().as_millisecond(), AT_ONCE + 1);
        let message = due
            .unwrap_or_else(|error| {
                tracing::error!(%error, "the queue failed");
                Vec::new()
            })
            .into_iter()
            .find(|(id, ..)| !in_progress.contains(id))?;
        in_progress.insert(message.0);
        Some(message)
    }

    /// Calls the function with one message.
    async fn call(self, (id, body, receives): Message, handlers: Arc<Handlers>) {
        let in_progress = InProgress { id, in_progress: Arc::clone(&self.in_progress) };
        let attributes = json!({ "ApproximateReceiveCount": (receives + 1).to_string() });
        let record =
            json!({ "messageId": id.to_string(), "body": body, "attributes": attributes, "eventSource": "aws:sqs" });
        let call = BatchCall { request_id: id.to_string(), deadline: Deadline::never() };
        let is_done = match serde_json::from_value(json!({ "Records": [record] })) {
            Ok(event) => {
                let answer = work_of("ingest-file", ingest_file::handle(&handlers.ingest, event, &call)).await;
                answer.batch_item_failures.is_empty()
            }
            Err(error) => {
                tracing::error!(%error, "an event could not be built");
                true
            }
        };
        let settled = if is_done {
            self.objects.delete(id)
        } else {
            let is_dead = receives + 1 >= RECEIVES_MAX;
            if is_dead {
                tracing::error!(message.id = id, "message failed {RECEIVES_MAX} times and is not delivered again");
            }
            self.objects.give_back(id, Timestamp::now().as_millisecond() + PAUSE_MS, is_dead)
        };
        if let Err(error) = settled {
            tracing::error!(%error, "the queue failed");
        }
        drop(in_progress);
        self.news.notify_one();
    }
}

/// A message that is being handled. Once this is dropped, it can be received again, however the call ended.
struct InProgress {
    id: i64,
    in_progress: Arc<Mutex<HashSet<i64>>>,
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.in_progress.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
