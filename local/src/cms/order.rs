//! What the CMS holds of one key, and how the three calls change it.

use hyper::StatusCode;

use super::scripts::{Arrival, Manner, Script};
use super::wire::NewOrder;

/// Where an order stands; later ones are further along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    Accepted,
    Processed,
    Success,
    Failed,
    Rejected,
    Voided,
}

/// The word for what is not held.
pub(super) const UNKNOWN: &str = "UNKNOWN";

impl Status {
    const ALL: [Self; 6] = [Self::Accepted, Self::Processed, Self::Success, Self::Failed, Self::Rejected, Self::Voided];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Processed => "PROCESSED",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Rejected => "REJECTED",
            Self::Voided => "VOIDED",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// What is held of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Order {
    /// The CMS's own number; none before the first write.
    pub(super) id: Option<i64>,
    /// The script of the first `POST`; none before it.
    pub(super) script: Option<Script>,
    /// None: not taken.
    pub(super) status: Option<Status>,
    pub(super) placements: u32,
    pub(super) posts: u32,
    pub(super) gets: u32,
    /// Cards of one placement.
    pub(super) cards_each: u64,
    pub(super) refused_line: Option<u32>,
}

/// What the CMS says to a call, and how much of it the caller gets to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: StatusCode,
    /// None: unknown.
    pub(super) status: Option<Status>,
    pub(super) manner: Manner,
    /// Whether the order arrives after the answer.
    pub(super) is_late: bool,
}

impl Answer {
    fn new(code: StatusCode, status: Option<Status>, manner: Manner) -> Self {
        Self { code, status, manner, is_late: false }
    }
}

impl Order {
    /// Takes the order, unless it was taken or voided before.
    pub(super) fn post(&mut self, new: &NewOrder) -> Answer {
        if self.status == Some(Status::Voided) {
            // The promise of the contract goes before every script.
            return Answer::new(StatusCode::CONFLICT, self.status, Manner::Plain);
        }
        let script = *self.script.get_or_insert(new.script);
        if self.posts == 0 {
            self.refused_line = new.refused_line();
            self.cards_each = new.cards(self.refused_line);
        }
        self.posts = self.posts.saturating_add(1);
        let (arrival, manner) = script.on_post(self.posts);
        match arrival {
            Arrival::Once => self.arrive(),
            Arrival::Twice => {
                self.arrive();
                self.arrive();
            }
            Arrival::Later | Arrival::Never => {}
        }
        let code = match self.status {
            _ if manner == Manner::CutOff => StatusCode::OK,
            Some(Status::Accepted) => StatusCode::ACCEPTED,
            Some(Status::Rejected) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(Status::Processed | Status::Success | Status::Failed | Status::Voided) | None => StatusCode::OK,
        };
        Answer { is_late: arrival == Arrival::Later, ..Answer::new(code, self.status, manner) }
    }

    /// The order reaches the CMS: the first time it is placed, then its key is known.
    pub(super) fn arrive(&mut self) {
        match self.status {
            None if self.script == Some(Script::Reject) => self.status = Some(Status::Rejected),
            None => (self.status, self.placements) = (Some(Status::Accepted), 1),
            Some(Status::Voided | Status::Rejected) => {}
            Some(Status::Accepted | Status::Processed | Status::Success | Status::Failed) => {
                if self.script == Some(Script::NoIdempotency) {
                    self.placements = self.placements.saturating_add(1);
                }
            }
        }
    }

    /// Tells where the order stands; being asked moves it on.
    pub(super) fn get(&mut self) -> Answer {
        if self.script == Some(Script::NeverAnswer) {
            return Answer::new(StatusCode::OK, self.status, Manner::Hang);
        }
        let Some(held) = self.status else {
            return Answer::new(StatusCode::NOT_FOUND, None, Manner::Plain);
        };
        self.gets = self.gets.saturating_add(1);
        let (told, manner) = match held {
            Status::Rejected | Status::Voided => (held, Manner::Plain),
            Status::Accepted | Status::Processed | Status::Success | Status::Failed => {
                self.script.unwrap_or(Script::Accept).on_get(self.gets)
            }
        };
        // An older state is only told: what was printed stays printed.
        self.status = Some(held.max(told));
        Answer::new(StatusCode::OK, Some(told), manner)
    }

    /// Voids the key, unless its order was taken or refused.
    pub(super) fn delete(&mut self) -> Answer {
        match (self.script, self.status) {
            (Some(Script::NeverAnswer), status) => Answer::new(StatusCode::OK, status, Manner::Hang),
            (Some(Script::NoVoid), status) => {
                Answer::new(StatusCode::NOT_IMPLEMENTED, status, Manner::Failure(StatusCode::NOT_IMPLEMENTED))
            }
            (_, None | Some(Status::Voided)) => {
                self.status = Some(Status::Voided);
                Answer::new(StatusCode::OK, self.status, Manner::Plain)
            }
            (_, Some(_)) => Answer::new(StatusCode::CONFLICT, self.status, Manner::Plain),
        }
    }

    /// What people can do about a key that no call leads on: void it, and answer for it from then on.
    pub(super) fn void_by_hand(&mut self) {
        if self.status.is_none() {
            (self.status, self.script) = (Some(Status::Voided), None);
        }
    }

    /// Cards that were produced, or are being.
    pub(super) fn cards(&self) -> u64 {
        match self.status {
            Some(Status::Accepted | Status::Processed | Status::Success) => {
                self.cards_each.saturating_mul(self.placements.into())
            }
            Some(Status::Failed | Status::Rejected | Status::Voided) | None => 0,
        }
    }
}
