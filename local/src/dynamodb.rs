//! The embedded DynamoDB: dynoxide, on a file or in memory, behind a loopback port.

use std::path::Path;

use dynoxide::Database;
use dynoxide::server::serve_with_shutdown;
use tokio::net::TcpListener;

use crate::stack::{StackError, Stopped};

/// Opens the store; `None` keeps it in memory.
pub fn open(file: Option<&Path>) -> Result<Database, StackError> {
    let Some(file) = file else { return Database::memory().map_err(StackError::Store) };
    let database = Database::new(&file.to_string_lossy()).map_err(StackError::Store)?;
    // Sets SQLite's `synchronous` to NORMAL: with its write-ahead log, every answered write outlives a killed process,
    // and a write takes a third of the time that one of FULL takes.
    database.disable_bulk_loading().map_err(StackError::Store)?;
    Ok(database)
}

/// Serves until told to stop.
pub async fn serve(listener: TcpListener, database: Database, stopped: Stopped) {
    if let Err(error) = serve_with_shutdown(listener, database, stopped.wait()).await {
        tracing::error!(%error, "the store stopped");
    }
}
