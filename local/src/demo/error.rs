//! Why a demo could not be set up.

use hyper::StatusCode;
use shared::error::{Error, chain};

/// Why the demo could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The tenant's settings could not be changed.
    #[error("the demo's tenant cannot be set up: {}", chain(.0))]
    Settings(#[source] Error),
    /// A part of the stack gave no answer.
    #[error("the demo got no answer: {0}")]
    Unreachable(#[source] shared::error::Source),
    /// A call was refused.
    #[error("the demo's call of /card-order{operation} was answered with {status} {code}")]
    Refused {
        /// The end of its path.
        operation: String,
        /// The status of the answer.
        status: StatusCode,
        /// The code of the answer.
        code: String,
    },
    /// A file got no verdict.
    #[error("a file of the demo got no verdict")]
    NoVerdict,
}
