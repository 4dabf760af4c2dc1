//! What the CMS stores for one key, and how the three calls change it.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use super::new_order::NewOrder;
use super::scripts::{Arrival, Manner, Script};
use super::status::Status;

/// What is stored for a key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Order {
    /// The row in the ledger; `None` before the first write.
    #[serde(skip)]
    pub(super) id: Option<i64>,
    /// The script of the first `POST`.
    pub(super) script: Option<Script>,
    pub(super) status: Status,
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
    pub(super) status: Status,
    pub(super) manner: Manner,
    /// Whether the order arrives after the answer.
    pub(super) is_late: bool,
}

impl Answer {
    fn new(code: StatusCode, status: Status, manner: Manner) -> Self {
        Self { code, status, manner, is_late: false }
    }
}

impl Order {
    /// Accepts the order, unless it was accepted or voided before.
    pub(super) fn post(&mut self, new: &NewOrder) -> Answer {
        if self.status == Status::Voided {
            // The contract's promise overrides every script.
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
            Status::Accepted => StatusCode::ACCEPTED,
            Status::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
            Status::Unknown | Status::Processed | Status::Success | Status::Failed | Status::Voided => StatusCode::OK,
        };
        Answer { is_late: arrival == Arrival::Later, ..Answer::new(code, self.status, manner) }
    }

    /// Lets the order reach the CMS: it is placed the first time, and its key is known from then on.
    pub(super) fn arrive(&mut self) {
        match self.status {
            Status::Unknown if self.script == Some(Script::Reject) => self.status = Status::Rejected,
            Status::Unknown => (self.status, self.placements) = (Status::Accepted, 1),
            Status::Voided | Status::Rejected => {}
            Status::Accepted | Status::Processed | Status::Success | Status::Failed => {
                if self.script == Some(Script::NoIdempotency) {
                    self.placements = self.placements.saturating_add(1);
                }
            }
        }
    }

    /// Returns the status of the order. Each call moves the order on.
    pub(super) fn get(&mut self) -> Answer {
        if self.script == Some(Script::NeverAnswer) {
            return Answer::new(StatusCode::OK, self.status, Manner::Hang);
        }
        if self.status == Status::Unknown {
            return Answer::new(StatusCode::NOT_FOUND, self.status, Manner::Plain);
        }
        self.gets = self.gets.saturating_add(1);
        let (reported, manner) = match self.status {
            Status::Rejected | Status::Voided => (self.status, Manner::Plain),
            Status::Unknown | Status::Accepted | Status::Processed | Status::Success | Status::Failed => {
                self.script.unwrap_or_default().on_get(self.gets)
            }
        };
        // A script may report an older status; what was printed stays printed.
        self.status = self.status.max(reported);
        Answer::new(StatusCode::OK, reported, manner)
    }

    /// Voids the key, unless its order was accepted or rejected.
    pub(super) fn delete(&mut self) -> Answer {
        let (code, manner) = match (self.script, self.status) {
            (Some(Script::NeverAnswer), _) => (StatusCode::OK, Manner::Hang),
            (Some(Script::NoVoid), _) => (StatusCode::NOT_IMPLEMENTED, Manner::Failure(StatusCode::NOT_IMPLEMENTED)),
            (_, Status::Unknown | Status::Voided) => {
                self.status = Status::Voided;
                (StatusCode::OK, Manner::Plain)
            }
            _ => (StatusCode::CONFLICT, Manner::Plain),
        };
        Answer::new(code, self.status, manner)
    }

    /// Voids a key for which nothing was accepted, and drops its script, as the staff of the CMS can.
    pub(super) fn void_by_hand(&mut self) {
        if self.status == Status::Unknown {
            (self.status, self.script) = (Status::Voided, None);
        }
    }

    /// Returns the number of cards that were produced or are being produced.
    pub(super) fn cards(&self) -> u64 {
        match self.status {
            Status::Accepted | Status::Processed | Status::Success => {
                self.cards_each.saturating_mul(self.placements.into())
            }
            Status::Unknown | Status::Failed | Status::Rejected | Status::Voided => 0,
        }
    }
}
