//! The protocol as a model to search: its steps, its ends, and the faults of a state.

use std::fmt;

use super::Variant;
use super::state::{Call, Phase, Record, State, Status, Worker};
use super::worker;
use super::world::{self, System};
use crate::search::{self, Model};

pub struct Protocol {
    pub variant: Variant,
    pub system: System,
}

/// What happened, for the reader of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Worker(u8, &'static str),
    World(&'static str),
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worker(who, what) => write!(formatter, "worker {who} {what}"),
            Self::World(what) => formatter.write_str(what),
        }
    }
}

pub type Found = search::Found<Protocol>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    CancelledYetPrinted,
    ExpiredYetPrinted,
    FailedYetPrinted,
    PrintedTwice,
    SuccessYetNeverPrinted,
    EndLeft,
    /// Sent, or about to be, before a second person approved it.
    ClaimedUnapproved,
    /// Neither an end nor a hold can be reached.
    Stuck,
    /// Taken in order to be voided, although the system has acknowledged it.
    AcknowledgedYetToBeVoided,
    /// On hold, so that nothing asks for its status, although the system has acknowledged it.
    AcknowledgedYetOnHold,
}

impl Model for Protocol {
    type State = State;
    type Step = Step;
    type Wrong = Wrong;

    const STUCK: Wrong = Wrong::Stuck;

    fn start(&self) -> State {
        State::START
    }

    fn steps(&self, state: &State, found: &mut Found) {
        worker::steps(state, 0, self.variant, found);
        worker::steps(state, 1, self.variant, found);
        world::steps(state, self.variant, self.system, found);
    }

    /// A hold is an end too: an operator takes over.
    fn is_end(&self, state: &State) -> bool {
        state.order.status.is_end() || state.order.on_hold
    }

    fn wrong(&self, before: &State, after: &State) -> Option<Wrong> {
        wrong_step(before, after).or_else(|| wrong_state(after))
    }
}

fn wrong_state(state: &State) -> Option<Wrong> {
    let is_claimed = !matches!(state.order.status, Status::Received | Status::Cancelled | Status::Expired);
    let prints = state.cms.record.is_some_and(Record::prints);
    match state.order.status {
        _ if !state.order.is_approved && (is_claimed || state.cms.record.is_some()) => Some(Wrong::ClaimedUnapproved),
        _ if state.cms.placements > 1 => Some(Wrong::PrintedTwice),
        Status::Cancelled if prints => Some(Wrong::CancelledYetPrinted),
        Status::Expired if prints => Some(Wrong::ExpiredYetPrinted),
        Status::Failed if prints => Some(Wrong::FailedYetPrinted),
        Status::Success if state.cms.record != Some(Record::Success) => Some(Wrong::SuccessYetNeverPrinted),
        status if !status.is_end() && state.order.on_hold && state.order.is_acknowledged => {
            Some(Wrong::AcknowledgedYetOnHold)
        }
        _ => None,
    }
}

fn wrong_step(before: &State, after: &State) -> Option<Wrong> {
    if before.order.status.is_end() && before.order.status != after.order.status {
        return Some(Wrong::EndLeft);
    }
    let is_to_void = |worker: &Worker| worker.phase == Phase::Taken(Call::Void);
    let is_taken_to_void =
        before.workers.iter().zip(&after.workers).any(|(old, new)| !is_to_void(old) && is_to_void(new));
    (before.order.is_acknowledged && is_taken_to_void).then_some(Wrong::AcknowledgedYetToBeVoided)
}
