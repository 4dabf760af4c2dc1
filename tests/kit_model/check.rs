//! The protocol as a model to search: its steps, its ends, and the faults of a state.

use std::fmt;

use super::Variant;
use super::scene::Scene;
use super::state::{Queue, State, Status};
use super::worker;
use crate::search::{Found, Model};

#[derive(Debug)]
pub struct Protocol {
    pub variant: Variant,
    pub scene: Scene,
}

/// Whether a step is due or bad luck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Luck {
    Due,
    Chance,
}

/// What happened to a file, for the reader of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    file: usize,
    what: &'static str,
    luck: Luck,
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", ["A", "B", "C"][self.file], self.what)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    KitInTwoValidFiles,
    /// A VALID file lacks a claim, so that `fetchKit` does not find its kit, and another file can take it. Variants are not
    /// checked for this, since they are to be caught with a kit in two files.
    ValidWithoutItsClaims,
    /// A file became INVALID although it lacks a kit that no VALID file has or had, or shares no kit with such a file.
    InvalidWithoutReason,
    /// Verdicts on all files can no longer be reached without bad luck.
    Stuck,
}

/// Collects the steps of one state.
pub struct Steps<'a> {
    scene: &'a Scene,
    found: &'a mut Found<Protocol>,
}

impl Steps<'_> {
    pub fn add(&mut self, file: usize, what: &'static str, luck: Luck, mut next: State) {
        next.normalize(self.scene);
        self.found.push((Step { file, what, luck }, next));
    }
}

impl Model for Protocol {
    type State = State;
    type Step = Step;
    type Wrong = Wrong;

    const STUCK: Wrong = Wrong::Stuck;

    fn start(&self) -> State {
        State::start(&self.scene)
    }

    fn steps(&self, state: &State, found: &mut Found<Self>) {
        let mut found = Steps { scene: &self.scene, found };
        for who in 0..self.scene.workers.len() {
            worker::steps(self, state, who, &mut found);
        }
        for file in 0..self.scene.files.len() {
            replace(&self.scene, state, file, &mut found);
            give_up(&self.scene, state, file, &mut found);
        }
    }

    fn is_due(&self, step: Step) -> bool {
        step.luck == Luck::Due
    }

    /// Whether every file has its verdict or was given up.
    fn is_end(&self, state: &State) -> bool {
        (0..self.scene.files.len())
            .all(|file| state.files[file].status != Status::Validating || state.is_given_up(&self.scene, file))
    }

    fn wrong(&self, before: &State, after: &State) -> Option<Wrong> {
        (0..self.scene.files.len()).find_map(|file| match after.files[file].status {
            Status::Valid if self.shares_kit(after, file) => Some(Wrong::KitInTwoValidFiles),
            Status::Valid if self.variant == Variant::Right && self.lacks_claim(after, file) => {
                Some(Wrong::ValidWithoutItsClaims)
            }
            Status::Invalid if before.files[file].status != Status::Invalid && !self.has_reason(after, file) => {
                Some(Wrong::InvalidWithoutReason)
            }
            _ => None,
        })
    }
}

impl Protocol {
    fn shares_kit(&self, state: &State, file: usize) -> bool {
        let mut others = (0..self.scene.files.len()).filter(|other| self.scene.overlap(file, *other));
        others.any(|other| state.files[other].status == Status::Valid)
    }

    fn lacks_claim(&self, state: &State, file: usize) -> bool {
        (0..self.scene.blocks).any(|block| self.missing(state, file, block) != 0)
    }

    /// Returns the slots of a block that a file wants and has not claimed under its current epoch.
    fn missing(&self, state: &State, file: usize, block: u8) -> u8 {
        let claim = state.blocks[usize::from(block)][file];
        let claimed = if claim.age == 0 { claim.slots } else { 0 };
        self.scene.wanted(file, block) & !claimed
    }

    /// Whether files that are or were VALID have each kit that this one lacks, and at least one of its kits.
    fn has_reason(&self, state: &State, file: usize) -> bool {
        let files = 0..self.scene.files.len();
        let mut valid = files.filter(|other| *other != file && state.files[*other].status.is_or_was_valid());
        let is_taken = |block: u8| {
            let taken = valid.clone().fold(0, |slots, other| slots | self.scene.wanted(other, block));
            self.missing(state, file, block) & !taken == 0
        };
        (0..self.scene.blocks).all(is_taken) && valid.any(|other| self.scene.overlap(file, other))
    }
}

/// Other content takes the name of the file.
fn replace(scene: &Scene, state: &State, file: usize, found: &mut Steps<'_>) {
    let status = match state.files[file].status {
        Status::Validating => Status::Replaced,
        Status::Valid => Status::ReplacedValid,
        Status::Invalid | Status::Replaced | Status::ReplacedValid => return,
    };
    if scene.replaceable.contains(&file) {
        let mut next = *state;
        next.finish(scene, file, status);
        found.add(file, "is replaced", Luck::Chance, next);
    }
}

/// After too many deaths the file's messages are dead letters.
fn give_up(scene: &Scene, state: &State, file: usize, found: &mut Steps<'_>) {
    if !state.has_worker(scene, file) && !state.files[file].queue.is_empty() {
        let mut next = *state;
        next.files[file].queue = Queue::EMPTY;
        found.add(file, "is given up", Luck::Chance, next);
    }
}
