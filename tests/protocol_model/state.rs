//! The state of the model: the order item, two workers, the messages in flight, the card management system.

pub use shared::domain::Status;

/// How often an order is placed before it is voided.
pub const ATTEMPTS_MAX: u8 = 2;

/// How many messages can be in flight: one place per attempt and a duplicate, one void per worker and an orphaned one.
const MESSAGES_MAX: usize = ATTEMPTS_MAX as usize + 4;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lease {
    Lapsed,
    Live,
}

/// The order item. Its epoch is kept with the workers, as [`Fence`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Order {
    pub status: Status,
    /// A second person has approved it. An order that requires no approval is as good as approved from the start.
    pub is_approved: bool,
    pub attempts: u8,
    pub lease: Lease,
    pub on_hold: bool,
    /// Whether the system has said that it has the order.
    pub is_acknowledged: bool,
}

/// Whether a worker's epoch is that of the order. Epochs only increase and are only compared for equality, so their numbers
/// can be left out, and any number of epochs is a finite space.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fence {
    Stale,
    Mine,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Call {
    Place,
    Void,
    Status,
}

/// What a worker decided to do when it read the order, which may have changed by the time it acts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Plan {
    Claim,
    Reclaim,
    ReclaimForVoid,
    Poll,
}

/// The phase of a worker. Each change of phase is one step, and a crash can happen between any two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    Idle,
    Decided(Plan),
    Taken(Call),
    Waiting(Call),
    TimedOut(Call),
    Answered(Answer),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Worker {
    pub phase: Phase,
    pub fence: Fence,
}

impl Worker {
    pub const IDLE: Self = Self { phase: Phase::Idle, fence: Fence::Stale };
}

/// What the system answers. 429, 5xx, an unreadable body and a misconfiguration are as good as no answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Answer {
    /// The status of the order: a fact.
    Fact(Record),
    NotFound,
    NoVoid,
}

/// The status of the key in the system's ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Record {
    Accepted,
    Processed,
    Success,
    Failed,
    Rejected,
    Voided,
}

impl Record {
    /// Whether cards have been or will be produced. An order that was accepted and then failed counts as not printed.
    pub fn prints(self) -> bool {
        matches!(self, Self::Accepted | Self::Processed | Self::Success)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cms {
    pub record: Option<Record>,
    pub placements: u8,
}

/// A message in flight. A request whose sender has crashed or no longer waits is orphaned: it still arrives, but nobody
/// receives the answer, since that comes on the connection of the request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Message {
    Place { from: Option<u8> },
    Void { from: Option<u8> },
    Answer { to: u8, answer: Answer },
}

/// The messages in flight, sorted, so that equal networks are equal; they arrive in any order, or never.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Network([Option<Message>; MESSAGES_MAX]);

impl Network {
    /// Returns the distinct messages, each with its place for [`Self::remove`].
    pub fn messages(&self) -> impl Iterator<Item = (usize, Message)> {
        let is_new = |place: usize| place == 0 || self.0[place] != self.0[place - 1];
        self.0.iter().enumerate().filter_map(move |(place, slot)| slot.filter(|_| is_new(place)).map(|it| (place, it)))
    }

    pub fn insert(&mut self, message: Message) {
        let free = self.0.iter_mut().find(|slot| slot.is_none());
        *free.expect("room for every message of the bounds above") = Some(message);
        self.0.sort_unstable();
    }

    pub fn remove(&mut self, place: usize) {
        self.0[place] = None;
        self.0.sort_unstable();
    }

    /// Orphans the requests of a worker that stops listening. Of several orphaned voids one is kept, since late voids can
    /// change the ledger at most once.
    pub fn orphan(&mut self, worker: u8) {
        let mut has_orphaned_void = self.0.contains(&Some(Message::Void { from: None }));
        for slot in &mut self.0 {
            match slot {
                Some(Message::Place { from }) if *from == Some(worker) => *from = None,
                Some(Message::Void { from }) if *from == Some(worker) => {
                    *slot = (!has_orphaned_void).then_some(Message::Void { from: None });
                    has_orphaned_void = true;
                }
                Some(Message::Answer { to, .. }) if *to == worker => *slot = None,
                _ => {}
            }
        }
        self.0.sort_unstable();
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub order: Order,
    pub workers: [Worker; 2],
    pub network: Network,
    pub cms: Cms,
    pub crashes_left: u8,
    pub doublings_left: u8,
}

impl State {
    /// A new order that requires approval, nothing sent.
    pub const START: Self = Self {
        order: Order {
            status: Status::Received,
            is_approved: false,
            attempts: 0,
            lease: Lease::Lapsed,
            on_hold: false,
            is_acknowledged: false,
        },
        workers: [Worker::IDLE; 2],
        network: Network([None; MESSAGES_MAX]),
        cms: Cms { record: None, placements: 0 },
        crashes_left: 1,
        doublings_left: 1,
    };

    pub fn worker(&mut self, me: u8) -> &mut Worker {
        &mut self.workers[usize::from(me)]
    }
}
