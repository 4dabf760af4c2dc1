//! Why a command failed.

use std::io;
use std::path::PathBuf;

use local::config::StackError;

/// Why a command failed, as the last line on standard error says it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The stack did not start.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// Standard output cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}
