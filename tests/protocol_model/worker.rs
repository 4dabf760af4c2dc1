//! The steps of a worker: it reads, takes the order, calls, and writes down the answer.

use super::Variant;
use super::check::{Found, Step};
use super::state::{
    ATTEMPTS_MAX, Answer, Call, Fence, Lease, Message, Order, Phase, Plan, Record, State, Status, Worker,
};

/// Adds all steps that a worker can take now.
pub fn steps(state: &State, me: u8, variant: Variant, found: &mut Found) {
    let mut next = *state;
    match state.workers[usize::from(me)].phase {
        Phase::Idle => read(state, me, variant, found),
        Phase::Decided(plan) => {
            let name = carry_out(&mut next, me, plan, variant);
            found.push((Step::Worker(me, name), next));
        }
        Phase::Taken(call) => {
            let name = send(&mut next, me, call);
            found.push((Step::Worker(me, name), next));
        }
        Phase::Waiting(call) => {
            next.network.orphan(me);
            next.worker(me).phase = Phase::TimedOut(call);
            found.push((Step::Worker(me, "times out"), next));
        }
        Phase::TimedOut(call) => {
            let name = decide(&mut next, me, call, variant);
            found.push((Step::Worker(me, name), next));
        }
        Phase::Answered(answer) => {
            let name = write_down(&mut next, me, answer, variant);
            found.push((Step::Worker(me, name), next));
        }
    }
    if state.crashes_left > 0 && state.workers[usize::from(me)] != Worker::IDLE {
        let mut next = *state;
        next.crashes_left -= 1;
        next.network.orphan(me);
        *next.worker(me) = Worker::IDLE;
        found.push((Step::Worker(me, "crashes"), next));
    }
}

/// The condition of the write by which a worker takes the order.
fn allows(order: Order, plan: Plan, variant: Variant) -> bool {
    let is_free = order.status == Status::Pending && order.lease == Lease::Lapsed && !order.on_hold;
    let may_be_voided = !order.is_acknowledged || variant == Variant::VoidOfTheAcknowledged;
    match plan {
        Plan::Claim => {
            // A row of an index is a hint: whatever it says, the item may require approval.
            order.status == Status::Received && (order.is_approved || variant == Variant::ApprovalOnIndexRow)
        }
        Plan::Reclaim => is_free && order.attempts < ATTEMPTS_MAX,
        Plan::ReclaimForVoid => {
            is_free && order.attempts >= ATTEMPTS_MAX && may_be_voided && variant != Variant::NoReclaimForVoid
        }
        Plan::Poll => matches!(order.status, Status::Pending | Status::Processed),
    }
}

fn read(state: &State, me: u8, variant: Variant, found: &mut Found) {
    let plans = [
        (Plan::Claim, "reads, and decides to claim"),
        (Plan::Reclaim, "reads, and decides to reclaim"),
        (Plan::ReclaimForVoid, "reads, and decides to void"),
        (Plan::Poll, "reads, and decides to ask"),
    ];
    for (plan, name) in plans.into_iter().filter(|(plan, _)| allows(state.order, *plan, variant)) {
        let mut next = *state;
        next.worker(me).phase = Phase::Decided(plan);
        found.push((Step::Worker(me, name), next));
    }
}

fn carry_out(next: &mut State, me: u8, plan: Plan, variant: Variant) -> &'static str {
    match (plan, variant) {
        (Plan::Poll, _) => ask(next, me),
        (Plan::Claim, Variant::CallBeforeWrite) => send(next, me, Call::Place),
        (Plan::ReclaimForVoid, Variant::ExhaustedIsFailed) => {
            if allows(next.order, plan, variant) {
                next.order.status = Status::Failed;
            }
            done(next, me, "writes FAILED, as the attempts are used up")
        }
        _ => take(next, me, plan, variant),
    }
}

/// Claim or reclaim: one conditional write, before any call.
fn take(next: &mut State, me: u8, plan: Plan, variant: Variant) -> &'static str {
    if !allows(next.order, plan, variant) && variant != Variant::BlindWrite {
        return done(next, me, "comes too late to take the order");
    }
    next.order.status = Status::Pending;
    next.order.lease = Lease::Live;
    next.workers.iter_mut().for_each(|worker| worker.fence = Fence::Stale);
    let (call, name) = match plan {
        Plan::ReclaimForVoid if variant == Variant::ExhaustedWithLookup => (Call::Status, "reclaims, to ask last"),
        Plan::ReclaimForVoid => (Call::Void, "reclaims, to void"),
        Plan::Claim => (Call::Place, "claims"),
        Plan::Reclaim | Plan::Poll => (Call::Place, "reclaims"),
    };
    if call == Call::Place {
        next.order.attempts += 1;
    }
    *next.worker(me) = Worker { phase: Phase::Taken(call), fence: Fence::Mine };
    name
}

fn send(next: &mut State, me: u8, call: Call) -> &'static str {
    let (message, name) = match call {
        Call::Place => (Message::Place { from: Some(me) }, "sends place"),
        Call::Void => (Message::Void { from: Some(me) }, "sends void"),
        Call::Status => return ask(next, me),
    };
    next.network.insert(message);
    next.worker(me).phase = Phase::Waiting(call);
    name
}

/// Asking changes nothing in the system, so the request and its answer are one step. A late or lost answer is a worker that
/// is slow or crashes.
fn ask(next: &mut State, me: u8) -> &'static str {
    let answer = next.cms.record.map_or(Answer::NotFound, Answer::Fact);
    next.worker(me).phase = Phase::Answered(answer);
    "asks for the status and is answered"
}

/// Decides after no answer. Decisions are fenced.
fn decide(next: &mut State, me: u8, call: Call, variant: Variant) -> &'static str {
    if variant == Variant::CallBeforeWrite && next.order.status == Status::Received {
        return claim_late(next, me, Phase::TimedOut(call));
    }
    if !may_decide(next, me, variant) {
        return done(next, me, "may no longer decide");
    }
    match (call, variant) {
        (Call::Void, _) => hold(next, me, variant),
        (_, Variant::TimeoutIsFailed) => {
            next.order.status = Status::Failed;
            done(next, me, "writes FAILED, as no answer came")
        }
        (_, Variant::TimeoutIsReceived) => {
            next.order.status = Status::Received;
            done(next, me, "writes RECEIVED, as no answer came")
        }
        (_, Variant::NoReclaimForVoid) if next.order.attempts >= ATTEMPTS_MAX && !next.order.is_acknowledged => {
            next.worker(me).phase = Phase::Taken(Call::Void);
            "goes on to void"
        }
        _ => {
            next.order.lease = Lease::Lapsed;
            done(next, me, "backs off")
        }
    }
}

fn may_decide(next: &mut State, me: u8, variant: Variant) -> bool {
    let is_pending = next.order.status == Status::Pending;
    variant == Variant::BlindWrite || (is_pending && next.worker(me).fence == Fence::Mine)
}

fn hold(next: &mut State, me: u8, variant: Variant) -> &'static str {
    if next.order.is_acknowledged && variant != Variant::HoldOfTheAcknowledged {
        next.order.lease = Lease::Lapsed;
        return done(next, me, "backs off, as the order is acknowledged");
    }
    next.order.on_hold = true;
    done(next, me, "writes hold")
}

/// Writes down an answer: a fact, which is not fenced, or a decision if there is no void.
fn write_down(next: &mut State, me: u8, answer: Answer, variant: Variant) -> &'static str {
    if variant == Variant::CallBeforeWrite && next.order.status == Status::Received {
        return claim_late(next, me, Phase::Answered(answer));
    }
    match answer {
        Answer::Fact(record) => {
            write_fact(&mut next.order, record, variant);
            done(next, me, "writes the fact down")
        }
        Answer::NoVoid if may_decide(next, me, variant) => hold(next, me, variant),
        Answer::NoVoid => done(next, me, "may no longer decide"),
        Answer::NotFound => {
            let fails = match variant {
                Variant::NotFoundIsFailed => next.order.status == Status::Pending,
                Variant::ExhaustedWithLookup => may_decide(next, me, variant),
                _ => false,
            };
            if fails {
                next.order.status = Status::Failed;
                return done(next, me, "writes FAILED, as the key is not known");
            }
            done(next, me, "ignores that the key is not known")
        }
    }
}

/// Writes down a fact. Only PENDING and PROCESSED change, and only forwards. A fact that leaves the order open lifts its hold.
fn write_fact(order: &mut Order, record: Record, variant: Variant) {
    let is_open = matches!(order.status, Status::Pending | Status::Processed);
    if !is_open && variant != Variant::BlindWrite {
        return;
    }
    order.status = match record {
        Record::Accepted => order.status,
        Record::Processed => Status::Processed,
        Record::Success => Status::Success,
        Record::Failed | Record::Rejected | Record::Voided => Status::Failed,
    };
    order.is_acknowledged = true;
    if variant != Variant::FactKeepsHold {
        order.on_hold = false;
    }
}

/// Writes PENDING after the call instead of before it.
fn claim_late(next: &mut State, me: u8, then: Phase) -> &'static str {
    let name = take(next, me, Plan::Claim, Variant::CallBeforeWrite);
    next.worker(me).phase = then;
    name
}

fn done(next: &mut State, me: u8, name: &'static str) -> &'static str {
    *next.worker(me) = Worker::IDLE;
    name
}
