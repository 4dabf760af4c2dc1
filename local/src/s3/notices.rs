//! The queue between the bucket and `ingest-file`: what SQS is on AWS. It lasts as long as the objects do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use shared::runtime::App;
use tokio::sync::Notify;

use super::objects::Objects;
use crate::stack::Stopped;

/// How often a message is received before it is put aside.
const RECEIVES_MAX: u32 = 5;
/// Messages of one batch.
const BATCH: u32 = 4;
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
}

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

    /// Gives messages to the function, in batches, until told to stop.
    pub async fn serve(self, app: Arc<App>, stopped: Stopped) {
        let stopped = stopped.wait();
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => return,
                () = self.news.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
            while !self.is_paused.load(Ordering::Relaxed)
                && let Some(done) = self.batch(&app).await
            {
                if let Err(error) = done {
                    tracing::error!(%error, "the queue failed");
                    break;
                }
            }
        }
    }

    /// Gives one batch to the function; `None`: nothing is due.
    async fn batch(&self, app: &App) -> Option<rusqlite::Result<()>> {
        let messages = match self.objects.receive(Timestamp::now().as_millisecond(), BATCH) {
            Ok(messages) if messages.is_empty() => return None,
            Ok(messages) => messages,
            Err(error) => return Some(Err(error)),
        };
        let records: Vec<_> = messages
            .iter()
            .map(|(id, body, receives)| {
                let attributes = json!({ "ApproximateReceiveCount": (receives + 1).to_string() });
                json!({ "messageId": id.to_string(), "body": body, "attributes": attributes, "eventSource": "aws:sqs" })
            })
            .collect();
        let failed = match serde_json::from_value(json!({ "Records": records })) {
            Ok(event) => ingest_file::handle(app, event, &|| true).await.batch_item_failures,
            Err(error) => {
                tracing::error!(%error, "a batch cannot be made");
                Vec::new()
            }
        };
        Some(messages.into_iter().try_for_each(|(id, _, receives)| {
            if !failed.iter().any(|failure| failure.item_identifier == id.to_string()) {
                return self.objects.delete(id);
            }
            let is_dead = receives + 1 >= RECEIVES_MAX;
            if is_dead {
                tracing::error!(message.id = id, "message put aside after {RECEIVES_MAX} receives");
            }
            self.objects.give_back(id, Timestamp::now().as_millisecond() + PAUSE_MS, is_dead)
        }))
    }
}
