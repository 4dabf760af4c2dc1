//! All other steps: of callers who cancel, second persons who review, the clock, the network and the card management
//! system.

use super::Variant;
use super::check::{Found, Step};
use super::state::{Answer, Cms, Lease, Message, Phase, Record, State, Status};

/// The card management system: one that keeps the promises of `shared/src/cms/README.md`, one without a void, and
/// those that break one promise each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum System {
    KeepsItsPromises,
    HasNoVoid,
    ForgetsKeys,
    ForgetsVoids,
    ForgetsRefusals,
    /// It answers with the success of another order, and the key in the answer is not checked.
    AnswersForAnother,
}

/// Adds all steps that need no worker.
pub fn steps(state: &State, variant: Variant, system: System, found: &mut Found) {
    end_before_the_call(state, variant, found);
    review(state, found);
    if state.order.status == Status::Pending && state.order.lease == Lease::Live {
        let mut next = *state;
        next.order.lease = Lease::Lapsed;
        found.push((Step::World("the lease lapses"), next));
    }
    for (place, message) in state.network.messages() {
        let mut next = *state;
        if matches!(message, Message::Place { .. }) && state.doublings_left > 0 {
            next.doublings_left -= 1;
            next.network.insert(message);
            found.push((Step::World("the network duplicates a place"), next));
            next = *state;
        }
        next.network.remove(place);
        deliver(&next, message, system, found);
        lose(next, message, found);
    }
    produce(state, found);
}

fn end_before_the_call(state: &State, variant: Variant, found: &mut Found) {
    let ways = [
        (Status::Cancelled, Variant::CancelInPending, "a caller cancels"),
        (Status::Expired, Variant::ExpiryInPending, "the order expires"),
    ];
    for (end, wrong, name) in ways {
        let status = state.order.status;
        if status == Status::Received || (status == Status::Pending && variant == wrong) {
            let mut next = *state;
            next.order.status = end;
            found.push((Step::World(name), next));
        }
    }
}

/// A second person approves or rejects, once.
fn review(state: &State, found: &mut Found) {
    if state.order.status != Status::Received || state.order.is_approved {
        return;
    }
    let mut next = *state;
    next.order.is_approved = true;
    found.push((Step::World("a second person approves"), next));
    let mut next = *state;
    next.order.status = Status::Cancelled;
    found.push((Step::World("a second person rejects"), next));
}

fn lose(next: State, message: Message, found: &mut Found) {
    let name = match message {
        Message::Place { .. } => "a place is lost",
        Message::Void { .. } => "a void is lost",
        Message::Answer { .. } => "an answer is lost",
    };
    found.push((Step::World(name), next));
}

/// Delivers a message that is no longer in flight in `state`.
fn deliver(state: &State, message: Message, system: System, found: &mut Found) {
    match message {
        Message::Place { from } => place(state, from, system, found),
        Message::Void { from } => void(state, from, system, found),
        Message::Answer { to, answer } => {
            let mut next = *state;
            next.worker(to).phase = Phase::Answered(answer);
            next.network.orphan(to);
            found.push((Step::Worker(to, "is answered"), next));
        }
    }
}

fn place(state: &State, from: Option<u8>, system: System, found: &mut Found) {
    let Cms { record, placements } = state.cms;
    if system == System::AnswersForAnother {
        let next = answered(state, from, Answer::Fact(Record::Success));
        found.push((Step::World("the system loses a place and answers for another order"), next));
    }
    match record {
        Some(known) if !forgets(system, known) => {
            found.push((
                Step::World("the system finds a place's key known"),
                answered(state, from, Answer::Fact(known)),
            ));
        }
        _ => {
            let ways = [
                (Record::Accepted, placements + 1, "the system accepts a place"),
                (Record::Rejected, placements, "the system rejects a place"),
            ];
            for (record, placements, name) in ways {
                let mut next = *state;
                next.cms = Cms { record: Some(record), placements };
                found.push((Step::World(name), answered(&next, from, Answer::Fact(record))));
            }
        }
    }
}

fn forgets(system: System, record: Record) -> bool {
    match system {
        System::KeepsItsPromises | System::HasNoVoid | System::AnswersForAnother => false,
        System::ForgetsKeys => true,
        System::ForgetsVoids => record == Record::Voided,
        System::ForgetsRefusals => record == Record::Rejected,
    }
}

/// An unknown key is voided for good. The system may void an accepted order or not; after that it is too late.
fn void(state: &State, from: Option<u8>, system: System, found: &mut Found) {
    let record = state.cms.record;
    if system == System::HasNoVoid {
        found.push((Step::World("the system offers no void"), answered(state, from, Answer::NoVoid)));
        return;
    }
    if let Some(known) = record {
        found.push((
            Step::World("the system answers a void with the status"),
            answered(state, from, Answer::Fact(known)),
        ));
    }
    if matches!(record, None | Some(Record::Accepted)) {
        let mut next = *state;
        next.cms = Cms { record: Some(Record::Voided), placements: 0 };
        found.push((Step::World("the system voids"), answered(&next, from, Answer::Fact(Record::Voided))));
    }
}

fn answered(state: &State, to: Option<u8>, answer: Answer) -> State {
    let mut next = *state;
    if let Some(to) = to {
        next.network.insert(Message::Answer { to, answer });
    }
    next
}

/// Lets the system process what it has accepted.
fn produce(state: &State, found: &mut Found) {
    let ways: &[(Record, &'static str)] = match state.cms.record {
        Some(Record::Accepted) => {
            &[(Record::Processed, "the system makes the cards"), (Record::Failed, "the system fails to make the cards")]
        }
        Some(Record::Processed) => {
            &[(Record::Success, "the system is done"), (Record::Failed, "the system fails in the end")]
        }
        _ => &[],
    };
    for (record, name) in ways {
        let mut next = *state;
        next.cms.record = Some(*record);
        found.push((Step::World(name), next));
    }
}
