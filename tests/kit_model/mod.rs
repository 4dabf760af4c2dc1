//! An exhaustive search of the protocol by which files claim kits: no kit is ever in two VALID files, and without any one of
//! the rules one is.
//!
//! The model has file items (status, `losses`), blocks (a version, and the slots and epoch of each file), the queue and the
//! workers. A step of a worker is one call to the store: read a file; put a block if it does not exist; write a block if it
//! still has the version that was seen; fence a file; write a verdict. Other workers can act between any two calls. A
//! request that arrives after its sender died is a step of a second worker on the same file.
//!
//! All of this can happen at any point, any number of times:
//! - A worker dies, and its message is received again.
//! - A worker leaves the rest of its work to another message (next block, epoch, clashed), and may die before deleting its
//!   own message.
//! - Two workers receive the same message (in the scenes with two workers on a file).
//! - A younger file finds that the lease of an older one has lapsed, since safety must not depend on leases.
//! - Other content takes the name of a file, before or after the verdict (in the scenes that allow it).
//! - The messages for a file become dead letters: the file is given up.
//!
//! [`Wrong`] lists what is checked in every reachable state:
//! - No kit is in two VALID files.
//! - A VALID file has all its claims, under its current epoch.
//! - A file becomes INVALID only if every kit that it lacks is in a file that is or was VALID. So if files compete and none
//!   is given up or replaced, at least one of them ends VALID.
//! - Verdicts on all files can be reached without further bad luck: without deaths, hand-overs or replacements, and without
//!   lapsed leases except those of files that were given up.
//!
//! The last rule does not mean that every run gets there. A fenced file that claims again at once can overtake the file that
//! fenced it, before that one writes the block, and so on for ever. In the code a pause after being fenced prevents this; the
//! model has no time.
//!
//! Epochs and versions are only compared. So a state holds the order of the epochs and whether a version is the latest, but
//! no numbers, and deaths, hand-overs and fencings need no limit. The processor time is that of a debug build:
//!
//! | Scene | States | Seconds |
//! |---|---|---|
//! | two files, two blocks | 13,831 | 0.1 |
//! | three files with one kit | 57,278 | 0.5 |
//! | three files in a chain | 58,633 | 0.6 |
//! | two workers on the younger file, two blocks | 202,677 | 1.8 |
//! | two workers on the older file, one block | 31,886 | 0.3 |

mod check;
mod scene;
mod state;
mod worker;

use crate::search::search;
use check::{Luck, Protocol, Steps, Wrong};
use scene::{CHAIN, Scene, THREE_FILES, TWO_FILES, TWO_WORKERS, TWO_WORKERS_ON_THE_OLDER};

/// The protocol, or a variant that differs from it in one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Variant {
    Right,
    /// A block is written whatever its version is by then.
    WriteWithoutVersion,
    /// Claims are dropped without fencing their file first.
    DropWithoutFencing,
    /// A fencing has no condition. Safety needs only one part of it, that the file is still being validated; the epoch keeps
    /// a file from being fenced twice for the same claim.
    BlindFence,
    /// VALID is written whatever `losses` is by then.
    VerdictWithoutLosses,
    /// Progress counts after a hand-over even if the file has been fenced since.
    ProgressWithoutEpoch,
    /// A worker overwrites its file's own claim even if that has a newer epoch.
    OlderOverwritesNewer,
    /// The file's own claim is good under any epoch.
    OwnClaimOfAnyEpoch,
    /// A worker remembers that a file was fenced, and drops its later claims as well.
    FencedForGood,
    /// INVALID is written whatever `losses` is by then.
    InvalidWithoutLosses,
    /// A younger file does not wait for an older one's verdict.
    ClashWithValidating,
    /// No lease ever lapses.
    LeaseForEver,
}

fn assert_right(scene: Scene, states: usize) {
    let protocol = Protocol { variant: Variant::Right, scene };
    let found = search(&protocol).unwrap_or_else(|violation| panic!("{violation}"));
    assert!(found >= states, "only {found} states");
}

/// The shortest trace has `steps` steps.
fn assert_caught(variant: Variant, scene: Scene, wrong: Wrong, steps: usize) {
    let Err(violation) = search(&Protocol { variant, scene }) else { panic!("{variant:?}: not caught") };
    assert_eq!((violation.wrong, violation.trace.len()), (wrong, steps), "{variant:?}: {violation}");
}

#[test]
fn two_files_with_shared_kits_in_two_blocks() {
    assert_right(TWO_FILES, 13_800);
}

#[test]
fn three_files_with_the_same_kit() {
    assert_right(THREE_FILES, 57_200);
}

#[test]
fn three_files_of_which_one_shares_a_kit_with_each_of_the_others() {
    assert_right(CHAIN, 58_600);
}

#[test]
fn two_workers_on_the_younger_of_two_files() {
    assert_right(TWO_WORKERS, 202_600);
}

#[test]
fn two_workers_on_the_older_of_two_files() {
    assert_right(TWO_WORKERS_ON_THE_OLDER, 31_800);
}

#[test]
fn every_rule_left_out_puts_a_kit_into_two_valid_files() {
    for (variant, steps) in [
        (Variant::WriteWithoutVersion, 18),
        (Variant::DropWithoutFencing, 12),
        (Variant::BlindFence, 13),
        (Variant::VerdictWithoutLosses, 13),
        (Variant::ProgressWithoutEpoch, 15),
        (Variant::OlderOverwritesNewer, 24),
        (Variant::OwnClaimOfAnyEpoch, 16),
        (Variant::FencedForGood, 18),
    ] {
        assert_caught(variant, TWO_WORKERS, Wrong::KitInTwoValidFiles, steps);
    }
}

#[test]
fn every_rule_for_invalid_files_is_needed() {
    assert_caught(Variant::InvalidWithoutLosses, TWO_FILES, Wrong::InvalidWithoutReason, 12);
    assert_caught(Variant::ClashWithValidating, THREE_FILES, Wrong::InvalidWithoutReason, 6);
}

#[test]
fn a_file_that_was_given_up_does_not_block_others_because_its_lease_lapses() {
    assert_caught(Variant::LeaseForEver, TWO_FILES, Wrong::Stuck, 4);
}
