//! An exhaustive search of the protocol of an order: no wrong end can be reached, and every shortcut reaches one.

mod check;
mod state;
mod worker;
mod world;

use crate::search::search;
use check::{Protocol, Wrong};
use world::System;

/// The protocol of docs/protocol.md, or a variant that differs from it in one place. The last four drop a condition that the
/// table there does not spell out: none of them reaches a wrong end, but each reaches another fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Variant {
    Right,
    CancelInPending,
    ExpiryInPending,
    TimeoutIsFailed,
    TimeoutIsReceived,
    NotFoundIsFailed,
    ExhaustedIsFailed,
    /// After the last attempt the system is asked for the status instead of being sent a void; an unknown key is FAILED.
    ExhaustedWithLookup,
    CallBeforeWrite,
    /// A worker's writes have no condition.
    BlindWrite,
    /// Whether an order is approved is read from the row that says it is due, and not asked again by the claim.
    ApprovalOnIndexRow,
    /// Only the worker of the last attempt voids; no other worker may take the order over.
    NoReclaimForVoid,
    /// An order is voided although the system, which is slow, has acknowledged it.
    VoidOfTheAcknowledged,
    /// Only the epoch fences a hold; a fact may have been written since, which does not change the epoch.
    HoldOfTheAcknowledged,
    /// A fact that leaves the order open does not lift its hold, so that nothing asks for the next fact.
    FactKeepsHold,
}

fn assert_right(system: System) {
    let protocol = Protocol { variant: Variant::Right, system };
    let found = search(&protocol).unwrap_or_else(|violation| panic!("{system:?}: {violation}"));
    assert!(found >= 40_000, "{system:?}: only {found} states");
}

fn assert_caught(variant: Variant, system: System, wrong: Wrong) {
    let Err(violation) = search(&Protocol { variant, system }) else { panic!("{variant:?}, {system:?}: not caught") };
    assert_eq!(violation.wrong, wrong, "{variant:?}, {system:?}: {violation}");
}

#[test]
fn the_protocol_reaches_no_wrong_end() {
    assert_right(System::KeepsItsPromises);
}

#[test]
fn the_protocol_reaches_no_wrong_end_where_the_system_has_no_void() {
    assert_right(System::HasNoVoid);
}

#[test]
fn every_shortcut_is_caught() {
    for (variant, wrong) in [
        (Variant::CancelInPending, Wrong::CancelledYetPrinted),
        (Variant::ExpiryInPending, Wrong::ExpiredYetPrinted),
        (Variant::TimeoutIsFailed, Wrong::FailedYetPrinted),
        (Variant::TimeoutIsReceived, Wrong::CancelledYetPrinted),
        (Variant::NotFoundIsFailed, Wrong::FailedYetPrinted),
        (Variant::ExhaustedIsFailed, Wrong::FailedYetPrinted),
        (Variant::ExhaustedWithLookup, Wrong::FailedYetPrinted),
        (Variant::CallBeforeWrite, Wrong::CancelledYetPrinted),
        (Variant::BlindWrite, Wrong::EndLeft),
        (Variant::ApprovalOnIndexRow, Wrong::ClaimedUnapproved),
    ] {
        assert_caught(variant, System::KeepsItsPromises, wrong);
    }
}

#[test]
fn every_condition_beside_the_ends_is_needed() {
    for (variant, wrong) in [
        (Variant::NoReclaimForVoid, Wrong::Stuck),
        (Variant::VoidOfTheAcknowledged, Wrong::AcknowledgedYetToBeVoided),
        (Variant::HoldOfTheAcknowledged, Wrong::AcknowledgedYetOnHold),
        (Variant::FactKeepsHold, Wrong::AcknowledgedYetOnHold),
    ] {
        assert_caught(variant, System::KeepsItsPromises, wrong);
    }
}

#[test]
fn every_promise_of_the_system_is_needed() {
    for (system, wrong) in [
        (System::ForgetsKeys, Wrong::PrintedTwice),
        (System::ForgetsVoids, Wrong::FailedYetPrinted),
        (System::ForgetsRefusals, Wrong::FailedYetPrinted),
        (System::AnswersForAnother, Wrong::SuccessYetNeverPrinted),
    ] {
        assert_caught(Variant::Right, system, wrong);
    }
}
