//! Why a command failed.

use std::io;
use std::path::PathBuf;

use local::config::StackError;
use local::demo::DemoError;

/// Why a command failed, as the last line on standard error says it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The stack did not start.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The demo could not be set up.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// A flag that a demo cannot have.
    #[error("a demo cannot have {0}: it keeps no data, needs no key, limits nobody and uses the simulator")]
    DemoFlag(&'static str),
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
