//! Exhaustive search of a protocol's model: visits every reachable state, breadth first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A protocol, small enough that all of its states can be visited.
pub trait Model {
    /// Everything that a step can depend on.
    type State: Copy + Eq + Hash;
    /// A readable description of a step.
    type Step: Copy + fmt::Display;
    /// A violated property.
    type Wrong: Copy + fmt::Debug;

    /// Due steps cannot reach an end any more.
    const STUCK: Self::Wrong;

    fn start(&self) -> Self::State;

    /// Adds the states that can follow one, each with the step that leads there.
    fn steps(&self, state: &Self::State, found: &mut Found<Self>);

    /// Whether the step happens sooner or later unless another one comes first. A step that is not due is bad luck, such
    /// as a crash: it can happen at any time or never, and no way out may rely on it.
    fn is_due(&self, _: Self::Step) -> bool {
        true
    }

    /// Whether the protocol may stop here.
    fn is_end(&self, state: &Self::State) -> bool;

    /// Returns what is wrong with `after`, or with the step that leads there.
    fn wrong(&self, before: &Self::State, after: &Self::State) -> Option<Self::Wrong>;
}

/// The states that can follow one, each with the step that leads there.
pub type Found<M> = Vec<(<M as Model>::Step, <M as Model>::State)>;

/// What is wrong, and the shortest trace to it.
pub struct Violation<M: Model> {
    pub wrong: M::Wrong,
    pub trace: Vec<M::Step>,
}

impl<M: Model> fmt::Display for Violation<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}:", self.wrong)?;
        self.trace.iter().enumerate().try_for_each(|(number, step)| write!(formatter, "\n{:>4}  {step}", number + 1))
    }
}

/// A hash that is fast in a debug build. It need not resist attacks, because nobody can choose the states.
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

/// What the search has seen: every state, how it was first reached, and where its due steps lead.
struct Graph<M: Model> {
    states: Vec<M::State>,
    reached: Vec<Option<(u32, M::Step)>>,
    due: Vec<u32>,
    /// The end of each state's steps in `due`; they start at the end of the previous state's.
    due_ends: Vec<usize>,
}

/// Returns the number of states, or the violation with the shortest trace.
pub fn search<M: Model>(model: &M) -> Result<usize, Violation<M>> {
    let start = model.start();
    let mut graph = Graph::<M> { states: vec![start], reached: vec![None], due: Vec::new(), due_ends: Vec::new() };
    let mut known: HashMap<M::State, u32, BuildHasherDefault<Folding>> = HashMap::from_iter([(start, 0)]);
    let mut found = Vec::new();
    let mut number = 0;
    while let Some(state) = graph.states.get(number as usize).copied() {
        model.steps(&state, &mut found);
        for (step, after) in found.drain(..) {
            let next = match known.entry(after) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    let next = u32::try_from(graph.states.len()).expect("fewer states than a u32 counts");
                    graph.states.push(after);
                    graph.reached.push(Some((number, step)));
                    *entry.insert(next)
                }
            };
            if model.is_due(step) {
                graph.due.push(next);
            }
            if let Some(wrong) = model.wrong(&state, &after) {
                return Err(Violation { wrong, trace: graph.trace(number, Some(step)) });
            }
        }
        graph.due_ends.push(graph.due.len());
        number += 1;
    }
    match graph.stuck(model) {
        Some(number) => Err(Violation { wrong: M::STUCK, trace: graph.trace(number, None) }),
        None => Ok(graph.states.len()),
    }
}

impl<M: Model> Graph<M> {
    fn trace(&self, mut number: u32, last: Option<M::Step>) -> Vec<M::Step> {
        let mut trace = Vec::from_iter(last);
        while let Some((before, step)) = self.reached[number as usize] {
            trace.push(step);
            number = before;
        }
        trace.reverse();
        trace
    }

    /// Returns the first state from which no due steps lead to an end.
    fn stuck(&self, model: &M) -> Option<u32> {
        let mut has_way: Vec<bool> = self.states.iter().map(|state| model.is_end(state)).collect();
        // Most steps lead to a state that was found later, so a few passes from the last state to the first are enough.
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            let mut end = self.due.len();
            for number in (0..has_way.len()).rev() {
                let start = if number == 0 { 0 } else { self.due_ends[number - 1] };
                if !has_way[number] && self.due[start..end].iter().any(|next| has_way[*next as usize]) {
                    has_way[number] = true;
                    is_changed = true;
                }
                end = start;
            }
        }
        has_way.iter().position(|has_way| !has_way).and_then(|number| u32::try_from(number).ok())
    }
}
