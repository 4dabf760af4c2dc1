//! The embedded DynamoDB: dynoxide, on a file or in memory.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use dynoxide::Database;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::config::StackError;
use crate::listener::{HangUp, Listener, refuse_in_words};
use crate::upstream::Upstreams;

/// Opens the store; `None` keeps it in memory.
pub(crate) fn open(file: Option<&Path>) -> Result<Database, StackError> {
    let Some(file) = file else { return Database::memory().map_err(StackError::Store) };
    let database = Database::new(&file.to_string_lossy()).map_err(StackError::Store)?;
    // Sets SQLite's `synchronous` to NORMAL: with its write-ahead log, every answered write outlives a killed process,
    // and a write takes a third of the time that one of FULL takes.
    database.disable_bulk_loading().map_err(StackError::Store)?;
    Ok(database)
}

/// Serves until stopped, on a thread of its own: an operation blocks its thread, and must not wait behind other parts.
pub(crate) async fn serve(listener: Listener, database: Database, stopped: CancellationToken) {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!(%error, "the store did not start"),
    };
    let (ended, end) = oneshot::channel::<()>();
    thread::spawn(move || {
        runtime.block_on(serve_here(listener, database, stopped));
        drop(ended);
    });
    // An error, since nothing is ever sent: the sender is gone when the thread ends.
    drop(end.await);
}

async fn serve_here(listener: Listener, database: Database, stopped: CancellationToken) {
    let upstreams = Arc::new(Upstreams::new(database));
    let answer = move |_, request| {
        let upstreams = Arc::clone(&upstreams);
        async move {
            upstreams.forward(request).await.map_err(|error| {
                tracing::warn!(%error, "a request to the store failed");
                HangUp
            })
        }
    };
    listener.serve(stopped, refuse_in_words, answer).await;
}
