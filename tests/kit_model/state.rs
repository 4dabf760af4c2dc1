//! The state of the model: files, blocks, messages in the queue, workers.

use super::Variant;
use super::scene::Scene;

pub const FILES_MAX: usize = 3;
pub const BLOCKS_MAX: u8 = 2;
pub const WORKERS_MAX: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    Validating,
    Valid,
    Invalid,
    /// Other content took its name before it had a verdict.
    Replaced,
    /// Other content took its name when it was VALID.
    ReplacedValid,
}

impl Status {
    pub fn is_or_was_valid(self) -> bool {
        matches!(self, Self::Valid | Self::ReplacedValid)
    }
}

/// How often a file was fenced since an epoch; 0 is the current epoch. Epochs are only compared with each other, so their
/// ages say as much as their numbers. Gaps between ages are closed ([`State::normalize`]), so that any number of fencings
/// is a finite space.
pub type Age = u8;

/// A message to ingest a file, with the progress so far. It has no epoch: as soon as that is no longer the current one, the
/// progress is worthless, and the message becomes one that starts over ([`State::fence`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Message {
    pub next: u8,
    pub has_clashed: bool,
}

impl Message {
    pub const START: Self = Self { next: 0, has_clashed: false };

    fn bit(self) -> u8 {
        1 << (2 * self.next + u8::from(self.has_clashed))
    }
}

/// The messages for one file. Until a message is deleted, it is received any number of times, also by two workers at once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Queue(u8);

impl Queue {
    pub const EMPTY: Self = Self(0);

    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    pub fn with(self, message: Message) -> Self {
        Self(self.0 | message.bit())
    }

    pub fn without(self, message: Message) -> Self {
        Self(self.0 & !message.bit())
    }

    pub fn messages(self) -> impl Iterator<Item = Message> {
        let all = (0..=BLOCKS_MAX).flat_map(|next| [false, true].map(|has_clashed| Message { next, has_clashed }));
        all.filter(move |message| self.0 & message.bit() != 0)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct File {
    pub status: Status,
    pub queue: Queue,
}

/// What one file claims of a block: slots, as bits, and the epoch. Without slots it is no claim.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Claim {
    pub slots: u8,
    pub age: Age,
}

impl Claim {
    pub const NONE: Self = Self { slots: 0, age: 0 };
}

/// The claim of each file. A block without claims does not exist, since every write of a block puts a claim into it.
pub type Block = [Claim; FILES_MAX];

const NO_CLAIMS: Block = [Claim::NONE; FILES_MAX];

/// The next call of a worker. It can die before each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    Idle,
    /// Reads its file, to start over.
    Reread,
    /// Puts the next block if it does not exist; writes the verdict after the last block.
    Put,
    /// Reads the file of another claim.
    Judge,
    /// Fences that file.
    Fence,
    /// Writes the block that was seen.
    Write,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Worker {
    pub phase: Phase,
    /// The message that it received and must delete at the end.
    pub message: Message,
    /// The epoch under which it claims.
    pub age: Age,
    /// The block that it works on.
    pub next: u8,
    pub has_clashed: bool,
    /// That block, as it was seen.
    pub seen: Block,
    /// Whether that block still has the version that was seen.
    pub is_latest: bool,
    /// The files, as bits, whose claims the next write drops.
    pub dropped: u8,
    /// The files, as bits, whose claims are final.
    pub clashing: u8,
    /// The files, as bits, that were found fenced before ([`Variant::FencedForGood`] only).
    pub remembered: u8,
}

impl Worker {
    pub const IDLE: Self = Self {
        phase: Phase::Idle,
        message: Message::START,
        age: 0,
        next: 0,
        has_clashed: false,
        seen: NO_CLAIMS,
        is_latest: false,
        dropped: 0,
        clashing: 0,
        remembered: 0,
    };

    /// Forgets the block that was seen.
    pub fn forget_block(&mut self, phase: Phase) {
        *self = Self { phase, seen: NO_CLAIMS, is_latest: false, dropped: 0, clashing: 0, ..*self };
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub files: [File; FILES_MAX],
    pub blocks: [Block; BLOCKS_MAX as usize],
    pub workers: [Worker; WORKERS_MAX],
}

impl State {
    /// Returns the state in which the files of the scene have just been stored.
    pub fn start(scene: &Scene) -> Self {
        let mut files = [File { status: Status::Replaced, queue: Queue::EMPTY }; FILES_MAX];
        for file in &mut files[..scene.files.len()] {
            *file = File { status: Status::Validating, queue: Queue::EMPTY.with(Message::START) };
        }
        Self { files, blocks: [NO_CLAIMS; BLOCKS_MAX as usize], workers: [Worker::IDLE; WORKERS_MAX] }
    }

    pub fn has_worker(&self, scene: &Scene, file: usize) -> bool {
        self.workers.iter().zip(scene.workers).any(|(worker, of)| *of == file && worker.phase != Phase::Idle)
    }

    /// Whether nothing will work on the file again.
    pub fn is_given_up(&self, scene: &Scene, file: usize) -> bool {
        self.files[file].queue.is_empty() && !self.has_worker(scene, file)
    }

    /// Writes a block, which gives it a new version.
    pub fn write(&mut self, number: u8, block: Block) {
        self.blocks[usize::from(number)] = block;
        for worker in self.workers.iter_mut().filter(|worker| worker.next == number) {
            worker.is_latest = false;
        }
    }

    /// Adds one to the `losses` of the file, which makes all its epochs one fencing older.
    pub fn fence(&mut self, scene: &Scene, file: usize, variant: Variant) {
        self.visit_ages(scene, file, |age| *age += 1);
        if variant != Variant::ProgressWithoutEpoch {
            if !self.files[file].queue.is_empty() {
                self.files[file].queue = Queue::EMPTY.with(Message::START);
            }
            self.forget_progress(scene, file);
        }
    }

    /// Sets a final status. Messages about the file can no longer change anything and are dropped.
    pub fn finish(&mut self, scene: &Scene, file: usize, status: Status) {
        self.files[file] = File { status, queue: Queue::EMPTY };
        self.forget_progress(scene, file);
    }

    fn forget_progress(&mut self, scene: &Scene, file: usize) {
        for (worker, _) in self.workers.iter_mut().zip(scene.workers).filter(|(_, of)| **of == file) {
            worker.message = Message::START;
        }
    }

    /// Makes states equal that differ only in gaps between epochs or in the order of the workers of a file.
    pub fn normalize(&mut self, scene: &Scene) {
        for file in 0..scene.files.len() {
            self.close_gaps(scene, file);
        }
        for second in 1..scene.workers.len() {
            let first = second - 1;
            if scene.workers[first] == scene.workers[second] && self.workers[first] > self.workers[second] {
                self.workers.swap(first, second);
            }
        }
    }

    fn close_gaps(&mut self, scene: &Scene, file: usize) {
        loop {
            let mut used: u16 = 1;
            self.visit_ages(scene, file, |age| used |= 1 << *age);
            if used & (used + 1) == 0 {
                return;
            }
            let is_above_gap = |age: Age| (used + 1) & !used & ((1 << age) - 1) != 0;
            self.visit_ages(scene, file, |age| *age -= u8::from(is_above_gap(*age)));
        }
    }

    /// Visits every epoch of a file: those of its claims, as they are and as they were seen, and those of its workers.
    fn visit_ages(&mut self, scene: &Scene, file: usize, mut visit: impl FnMut(&mut Age)) {
        for block in &mut self.blocks {
            if block[file].slots != 0 {
                visit(&mut block[file].age);
            }
        }
        for (worker, of) in self.workers.iter_mut().zip(scene.workers) {
            if *of == file && !matches!(worker.phase, Phase::Idle | Phase::Reread) {
                visit(&mut worker.age);
            }
            if worker.seen[file].slots != 0 {
                visit(&mut worker.seen[file].age);
            }
        }
    }
}
