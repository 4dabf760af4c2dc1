//! The scripts: ways in which a CMS and the network in front of it misbehave, chosen by an order's `metaValues.simulate`.

use hyper::StatusCode;

use super::status::Status;

/// What happens to the calls with one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Accept,
    Reject,
    AcceptThen500,
    AcceptThenHang,
    DropBefore,
    DropAfter,
    Late,
    TooMany,
    Malformed,
    Huge,
    WrongKey,
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

const NAMES: [(&str, Script); 20] = [
    ("accept", Script::Accept),
    ("reject", Script::Reject),
    ("accept-then-500", Script::AcceptThen500),
    ("accept-then-hang", Script::AcceptThenHang),
    ("drop-before", Script::DropBefore),
    ("drop-after", Script::DropAfter),
    ("late", Script::Late),
    ("429", Script::TooMany),
    ("malformed", Script::Malformed),
    ("huge", Script::Huge),
    ("wrong-key", Script::WrongKey),
    ("reject-line-2", Script::RejectLine2),
    ("flap", Script::Flap),
    ("accept-then-fail", Script::AcceptThenFail),
    ("doubled", Script::Doubled),
    ("no-idempotency", Script::NoIdempotency),
    ("no-void", Script::NoVoid),
    ("void-only", Script::VoidOnly),
    ("unauthorized", Script::Unauthorized),
    ("never-answer", Script::NeverAnswer),
];

/// How often the order of one `POST` reaches the CMS, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    Once,
    Twice,
    /// The message is on its way.
    Later,
    Never,
}

/// What the caller sees of the CMS's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The answer as it is.
    Plain,
    /// Another status code, and no fact.
    Failure(StatusCode),
    /// Half of the body.
    CutOff,
    /// A body larger than any client should read.
    Huge,
    /// The answer to another order.
    WrongKey,
    /// Nothing; the connection stays open.
    Hang,
    /// Nothing; the connection is closed.
    HangUp,
}

impl Script {
    /// Returns the script of this name, `accept` for an unknown one.
    pub(super) fn named(name: &str) -> Self {
        NAMES.iter().find(|(known, _)| *known == name).map_or(Self::Accept, |(_, script)| *script)
    }

    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, script)| *script == self).map_or("accept", |(name, _)| name)
    }

    /// Returns what happens to the `nth` `POST` of a key, counted from 1.
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

    /// Returns what the `nth` `GET` of an accepted order is answered, counted from 1.
    pub(super) fn on_get(self, nth: u32) -> (Status, Manner) {
        match self {
            Self::Flap => match nth {
                1 | 3 => (Status::Processed, Manner::Plain),
                2 | 5 => (Status::Accepted, Manner::Plain),
                _ => (Status::Success, Manner::Plain),
            },
            Self::AcceptThenFail => (Status::Failed, Manner::Plain),
            Self::Malformed if nth == 1 => (Status::Success, Manner::CutOff),
            Self::NeverAnswer => (Status::Accepted, Manner::Hang),
            Self::Accept
            | Self::Reject
            | Self::AcceptThen500
            | Self::AcceptThenHang
            | Self::DropBefore
            | Self::DropAfter
            | Self::Late
            | Self::TooMany
            | Self::Malformed
            | Self::Huge
            | Self::WrongKey
            | Self::RejectLine2
            | Self::Doubled
            | Self::NoIdempotency
            | Self::NoVoid
            | Self::VoidOnly
            | Self::Unauthorized => (Status::Success, Manner::Plain),
        }
    }
}
