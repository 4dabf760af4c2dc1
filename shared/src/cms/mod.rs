//! The card management system: the port, and the client of one that speaks the contract below.
//!
#![doc = include_str!("README.md")]

mod answer;
mod http;
mod wire;

use std::fmt;

use futures_util::future::BoxFuture;

pub use http::{CmsLimits, HttpCms, UrlError};

use crate::domain::{CmsKey, CmsOrder, Fact};

/// The card management system, as the service uses it.
pub trait Cms: fmt::Debug + Send + Sync {
    /// Hands an order over. The same order may be handed over again: the key makes it one.
    fn place<'a>(&'a self, order: &'a CmsOrder) -> BoxFuture<'a, Outcome>;

    /// Asks what has become of an order.
    fn status<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, Outcome>;

    /// Asks that an order is not produced, now or ever.
    fn void<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, Outcome>;
}

/// What a call to the card management system told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// What the order is there.
    Fact(Fact),
    /// The key is not known there, yet; it says nothing of a call that may still arrive.
    NotKnown,
    /// The card management system does not offer to void.
    NoVoid,
    /// It is not known whether the call took effect.
    Unknown(Trouble),
    /// The call was turned away for a reason that no repetition mends.
    Misconfigured(Trouble),
}

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No connection, or it broke.
    #[error("no connection")]
    Connection,
    /// No answer within the time.
    #[error("no answer in time")]
    Timeout,
    /// An answer with this status code.
    #[error("HTTP {0}")]
    Status(u16),
    /// A body that is not what the contract says, too large, or of another key.
    #[error("unreadable answer")]
    Unreadable,
    /// The answer is of another order.
    #[error("answer of another order")]
    OtherKey,
}

impl Outcome {
    /// Whether the card management system answered as it should.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Fact(_) | Self::NotKnown | Self::NoVoid => true,
            Self::Unknown(_) | Self::Misconfigured(_) => false,
        }
    }
}
