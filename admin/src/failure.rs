//! Why a command failed, and its exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use shared::domain::Faults;
use shared::error::{Error, chain};

/// The exit code for wrong usage; clap's own as well.
pub(crate) const USAGE: u8 = 2;

/// Why a command failed. No text repeats a value that was given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line asks for what cannot be.
    #[error("{0}")]
    Usage(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(&'static str),
    /// The condition of a write did not hold.
    #[error("{0}")]
    Refused(&'static str),
    /// Whoever was asked said no.
    #[error("not confirmed; nothing was changed")]
    Declined,
    /// A file's content has faults.
    #[error("{} has faults", path.display())]
    Faulty {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        faults: Faults,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    /// A call of AWS, or of what stands in for it, failed.
    #[error("{}", chain(.0))]
    Service(#[from] Error),
    /// The store of a local stack did not answer.
    #[error("{}\nIs the local stack running? Start it with `cargo run`, or say with --endpoint where its store listens. For an AWS account use --aws", chain(.0))]
    NoStack(#[source] Error),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// What standard error says.
    pub(crate) fn message(&self) -> String {
        let mut message = format!("error: {self}\n");
        if let Self::Faulty { faults, .. } = self {
            for sentence in faults.clone().into_sentences() {
                message = format!("{message}  {sentence}\n");
            }
        }
        message
    }

    /// The same, with a hint where a local stack did not answer.
    pub(crate) fn of_local_stack(self) -> Self {
        match self {
            Self::Service(error @ Error::Unavailable { .. }) => Self::NoStack(error),
            other => other,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Declined
            | Self::Read { .. }
            | Self::Write(_)
            | Self::Service(_)
            | Self::NoStack(_)
            | Self::Other(_) => 1,
            Self::Usage(_) | Self::Faulty { .. } => USAGE,
            Self::NotFound(_) => 3,
            Self::Refused(_) => 4,
        })
    }

    /// Whether the reader of standard output has stopped reading, which is no failure.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
