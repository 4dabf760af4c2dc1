//! The scripts: ways in which a CMS and the network in front of it misbehave, chosen by an order's `metaValues.simulate`.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use super::status::Status;

/// What happens to the calls with one key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Script {
    #[default]
    Accept,
    Reject,
    #[serde(rename = "accept-then-500")]
    AcceptThen500,
    AcceptThenHang,
    DropBefore,
    DropAfter,
    Late,
    #[serde(rename = "429")]
    TooMany,
    Malformed,
    Huge,
    WrongKey,
    #[serde(rename = "reject-line-2")]
    RejectLine2,
    Flap,
    AcceptThenFail,
    Doubled,
    NoIdempotency,
    NoVoid,
    VoidOnly,
    Unauthorized,
    NeverAnswer,
}

/// How often the order of a `POST` reaches the CMS, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    Once,
    Twice,
    /// After the answer.
    Later,
    Never,
}

/// What the caller sees of the CMS's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The answer as it is.
    Plain,
    /// Another status code, and nothing about the order.
    Failure(StatusCode),
    /// Half of the body.
    CutOff,
    /// A body that is larger than a client should read.
    Huge,
    /// The answer to another order.
    WrongKey,
    /// Nothing; the connection stays open.
    Hang,
    /// Nothing; the connection is closed.
    HangUp,
}

impl Script {
    /// Returns what happens to the `nth` `POST` of a key, counted from 1, and its answer.
    pub(super) fn on_post(self, nth: u32) -> (Arrival, Manner) {
        const USUAL: (Arrival, Manner) = (Arrival::Once, Manner::Plain);
        let first = |arrival, manner| if nth == 1 { (arrival, manner) } else { USUAL };
        let first_two = |status| if nth <= 2 { (Arrival::Never, Manner::Failure(status)) } else { USUAL };
        match self {
            Self::Accept
            | Self::Reject
            | Self::RejectLine2
            | Self::Flap
            | Self::AcceptThenFail
            | Self::NoIdempotency => USUAL,
            Self::AcceptThen500 => first(Arrival::Once, Manner::Failure(StatusCode::INTERNAL_SERVER_ERROR)),
            Self::AcceptThenHang => first(Arrival::Once, Manner::Hang),
            Self::DropBefore => first(Arrival::Never, Manner::HangUp),
            Self::DropAfter => first(Arrival::Once, Manner::HangUp),
            Self::Late => first(Arrival::Later, Manner::Failure(StatusCode::SERVICE_UNAVAILABLE)),
            Self::TooMany => first_two(StatusCode::TOO_MANY_REQUESTS),
            Self::Malformed => first(Arrival::Once, Manner::CutOff),
            Self::Huge => first(Arrival::Once, Manner::Huge),
            Self::WrongKey => first(Arrival::Once, Manner::WrongKey),
            Self::Doubled => first(Arrival::Twice, Manner::Plain),
            Self::NoVoid => (Arrival::Never, Manner::HangUp),
            Self::VoidOnly => (Arrival::Never, Manner::Failure(StatusCode::SERVICE_UNAVAILABLE)),
            Self::Unauthorized => first_two(StatusCode::UNAUTHORIZED),
            Self::NeverAnswer => (Arrival::Never, Manner::Hang),
        }
    }

    /// Returns the answer to the `nth` `GET` of an accepted order, counted from 1.
    pub(super) fn on_get(self, nth: u32) -> (Status, Manner) {
        match (self, nth) {
            (Self::Flap, 1 | 3) => (Status::Processed, Manner::Plain),
            (Self::Flap, 2 | 5) => (Status::Accepted, Manner::Plain),
            (Self::AcceptThenFail, _) => (Status::Failed, Manner::Plain),
            (Self::Malformed, 1) => (Status::Success, Manner::CutOff),
            (Self::NeverAnswer, _) => (Status::Accepted, Manner::Hang),
            // The other scripts are about `POST` or `DELETE`.
            _ => (Status::Success, Manner::Plain),
        }
    }
}
