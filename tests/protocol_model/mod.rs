//! The protocol of an order, searched through whole: no wrong end can be reached, and every shortcut reaches one.

mod check;
mod state;
mod worker;
mod world;

use crate::search::search;
use check::{Protocol, Wrong};
use world::System;

/// The protocol of docs/decisions.md, or one that differs from it in one place. The last four are caught where a condition
/// that the table there does not spell out is left away; none of them comes to a wrong end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Variant {
    Right,
    CancelInPending,
    ExpiryInPending,
    TimeoutIsFailed,
    TimeoutIsReceived,
    NotFoundIsFailed,
    ExhaustedIsFailed,
    /// After the last attempt the system is asked instead of told: not known → FAILED.
    ExhaustedWithLookup,
    CallBeforeWrite,
    /// A worker's writes have no condition.
    BlindWrite,
    /// Only the worker of the last attempt voids: nobody may take the order over from it.
    NoReclaimForVoid,
    /// A slow system's order is voided, though it has said that it has it.
    VoidOfTheAcknowledged,
    /// The epoch alone fences a hold; a fact may have been written since, which leaves the epoch as it is.
    HoldOfTheAcknowledged,
    /// A fact that leaves the order open leaves it out of the due index too, and nothing asks for the next one.
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
