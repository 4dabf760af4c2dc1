//! The card management system (CMS): the port, and an HTTP client for the contract below.
//!
#![doc = include_str!("README.md")]

mod answer;
mod connection;
mod http;
mod profiles;
mod rotating;
mod wire;

use std::fmt;

use futures_util::future::BoxFuture;

pub use connection::{CmsConnection, ConnectionError};
pub use http::{CmsLimits, HttpCms, UrlError};
pub use profiles::CmsProfiles;
pub use rotating::RotatingCms;

use crate::domain::{CmsKey, CmsOrder, Fact};

/// The CMS, as the service uses it.
pub trait Cms: fmt::Debug + Send + Sync {
    /// Sends an order. The same order may be sent again: its key makes it one order.
    fn place<'a>(&'a self, order: &'a CmsOrder) -> BoxFuture<'a, CmsOutcome>;

    /// Asks for the status of an order.
    fn status<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, CmsOutcome>;

    /// Voids an order: it must never be produced.
    fn void<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, CmsOutcome>;
}

/// What came of a call to the CMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CmsOutcome {
    /// What the CMS knows about the order.
    Fact(Fact),
    /// The CMS does not know the key yet; a call that is still on its way may arrive later.
    NotKnown,
    /// The CMS does not support voiding.
    NoVoid,
    /// The call may or may not have taken effect.
    Unknown(Trouble),
    /// The call was rejected for a reason that retrying cannot fix.
    Misconfigured(Trouble),
}

/// Why there is no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No connection, or it was lost.
    #[error("no connection")]
    Connection,
    /// One side did not accept the other's certificate.
    #[error("TLS was refused")]
    Tls,
    /// Its secret could not be read or used, so that nothing was sent.
    #[error("no secret")]
    Secret,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// An answer with this status code.
    #[error("HTTP {0}")]
    Status(u16),
    /// A body that does not follow the contract, or is too large.
    #[error("unreadable answer")]
    Unreadable,
    /// The answer is about another order.
    #[error("answer about another order")]
    OtherKey,
}

impl CmsOutcome {
    /// Whether the CMS gave a usable answer.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Fact(_) | Self::NotKnown | Self::NoVoid => true,
            Self::Unknown(_) | Self::Misconfigured(_) => false,
        }
    }
}
