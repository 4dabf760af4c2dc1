//! What the CMS stores for one key, and how the three calls change it.

use hyper::StatusCode;

use super::new_order::NewOrder;
use super::scripts::{Arrival, Manner, Script};
use super::status::Status;

/// What is stored for a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Order {
    /// The CMS's own number; `None` before the first write.
    pub(super) id: Option<i64>,
    /// The script of the first `POST`; `None` before it.
    pub(super) script: Option<Script>,
    /// `None`: not accepted.
    pub(super) status: Option<Status>,
    pub(super) placements: u32,
    pub(super) posts: u32,
    pub(super) gets: u32,
    /// Cards per placement.
    pub(super) cards_each: u64,
    pub(super) refused_line: Option<u32>,
}

/// What the CMS answers to a call, and how much of it the caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: StatusCode,
    /// `None`: unknown.
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
    /// Accepts the order, unless it was accepted or voided before.
    pub(super) fn post(&mut self, new: &NewOrder) -> Answer {
        if self.status == Some(Status::Voided) {
            // What the contract promises overrides every script.
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

    /// Lets the order reach the CMS: it is placed the first time, and its key is known from then on.
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

    /// Says where the order stands; each question moves it on.
    pub(super) fn get(&mut self) -> Answer {
        if self.script == Some(Script::NeverAnswer) {
            return Answer::new(StatusCode::OK, self.status, Manner::Hang);
        }
        let Some(held) = self.status else {
            return Answer::new(StatusCode::NOT_FOUND, None, Manner::Plain);
        };
        self.gets = self.gets.saturating_add(1);
        let (reported, manner) = match held {
            Status::Rejected | Status::Voided => (held, Manner::Plain),
            Status::Accepted | Status::Processed | Status::Success | Status::Failed => {
                self.script.unwrap_or(Script::Accept).on_get(self.gets)
            }
        };
        // A script may report an older state; what was printed stays printed.
        self.status = Some(held.max(reported));
        Answer::new(StatusCode::OK, Some(reported), manner)
    }

    /// Voids the key, unless its order was accepted or rejected.
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

    /// Voids a key that was never accepted, and drops its script: what the staff of the CMS can do.
    pub(super) fn void_by_hand(&mut self) {
        if self.status.is_none() {
            (self.status, self.script) = (Some(Status::Voided), None);
        }
    }

    /// Returns how many cards were or are being produced.
    pub(super) fn cards(&self) -> u64 {
        match self.status {
            Some(Status::Accepted | Status::Processed | Status::Success) => {
                self.cards_each.saturating_mul(self.placements.into())
            }
            Some(Status::Failed | Status::Rejected | Status::Voided) | None => 0,
        }
    }
}
