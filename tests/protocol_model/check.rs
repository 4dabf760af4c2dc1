//! The search: every state that can be reached, breadth first, and what is wrong with one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use super::Variant;
use super::state::{Call, Phase, Record, State, Status, Worker};
use super::worker;
use super::world::{self, System};

/// What happened, for a reader.
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

/// The states that can follow one, each with the step that leads there.
pub type Found = Vec<(Step, State)>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    CancelledYetPrinted,
    ExpiredYetPrinted,
    FailedYetPrinted,
    PrintedTwice,
    SuccessYetNeverPrinted,
    EndLeft,
    /// Neither an end nor a hold can be reached.
    Stuck,
    /// Taken in order to void it, though the system has acknowledged it.
    AcknowledgedYetToBeVoided,
    /// On hold, so that nothing asks any more, though the system has acknowledged it.
    AcknowledgedYetOnHold,
}

/// What is wrong, and the shortest way there.
#[derive(Debug)]
pub struct Violation {
    pub wrong: Wrong,
    pub trace: Vec<Step>,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}:", self.wrong)?;
        self.trace.iter().enumerate().try_for_each(|(number, step)| write!(formatter, "\n{:>4}  {step}", number + 1))
    }
}

/// A hash of few steps, for a debug build; the states are nobody's to choose.
#[derive(Default)]
struct Folding(u64);

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.cast_unsigned() as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// What the search has seen: every state, how it was first reached, and from where else.
struct Graph {
    states: Vec<State>,
    reached: Vec<Option<(u32, Step)>>,
    edges: Vec<(u32, u32)>,
}

/// The number of states, all of them right; or the first that is not.
pub fn search(variant: Variant, system: System) -> Result<usize, Violation> {
    let mut graph = Graph { states: vec![State::START], reached: vec![None], edges: Vec::new() };
    let mut known: HashMap<State, u32, BuildHasherDefault<Folding>> = HashMap::from_iter([(State::START, 0)]);
    let mut found = Found::new();
    let mut next = 0;
    while let Some(state) = graph.states.get(next as usize).copied() {
        worker::steps(&state, 0, variant, &mut found);
        worker::steps(&state, 1, variant, &mut found);
        world::steps(&state, variant, system, &mut found);
        for (step, after) in found.drain(..) {
            let number = match known.entry(after) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    let number = u32::try_from(graph.states.len()).expect("fewer states than a u32 counts");
                    graph.states.push(after);
                    graph.reached.push(Some((next, step)));
                    *entry.insert(number)
                }
            };
            graph.edges.push((next, number));
            if let Some(wrong) = wrong_step(&state, &after).or_else(|| wrong_state(&after)) {
                return Err(Violation { wrong, trace: graph.trace(next, Some(step)) });
            }
        }
        next += 1;
    }
    match graph.stuck() {
        Some(number) => Err(Violation { wrong: Wrong::Stuck, trace: graph.trace(number, None) }),
        None => Ok(graph.states.len()),
    }
}

fn wrong_state(state: &State) -> Option<Wrong> {
    let prints = state.cms.record.is_some_and(Record::prints);
    match state.order.status {
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

impl Graph {
    fn trace(&self, mut number: u32, last: Option<Step>) -> Vec<Step> {
        let mut trace = Vec::from_iter(last);
        while let Some((before, step)) = self.reached[number as usize] {
            trace.push(step);
            number = before;
        }
        trace.reverse();
        trace
    }

    /// The first state from which no way leads to an end or a hold: whatever is not met on the way back from those.
    fn stuck(&self) -> Option<u32> {
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); self.states.len()];
        for (from, to) in &self.edges {
            before[*to as usize].push(*from);
        }
        let mut is_safe: Vec<bool> =
            self.states.iter().map(|state| state.order.status.is_end() || state.order.on_hold).collect();
        let mut open: Vec<usize> = (0..is_safe.len()).filter(|number| is_safe[*number]).collect();
        while let Some(number) = open.pop() {
            for from in before[number].iter().map(|from| *from as usize) {
                if !is_safe[from] {
                    is_safe[from] = true;
                    open.push(from);
                }
            }
        }
        is_safe.iter().position(|is_safe| !is_safe).and_then(|number| u32::try_from(number).ok())
    }
}
