//! The state of the model: the order item, two workers, the messages in flight, the card management system.

/// How often an order is placed before it is voided.
pub const ATTEMPTS_MAX: u8 = 2;

/// How many messages can be in flight: a place per attempt and a doubled one, a void per worker and an orphaned one.
const MESSAGES_MAX: usize = ATTEMPTS_MAX as usize + 4;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    Received,
    Pending,
    Processed,
    Success,
    Failed,
    Cancelled,
    Expired,
}

impl Status {
    pub fn is_end(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Cancelled | Self::Expired)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lease {
    Lapsed,
    Live,
}

/// The order item. Its epoch stands with the workers, as [`Fence`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Order {
    pub status: Status,
    pub attempts: u8,
    pub lease: Lease,
    pub on_hold: bool,
    /// The system has said that it has the order.
    pub is_acknowledged: bool,
}

/// A worker's epoch against the order's. An epoch only counts up and is only ever compared for equality, so nothing
/// is lost where the number itself is left out, and epochs without end are a finite space.
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

/// What a worker means to do, from what it has read; by the time it does, the order may be another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Plan {
    Claim,
    Reclaim,
    ReclaimForVoid,
    Poll,
}

/// Where a worker stands. From each of these to the next is one step, and a crash can fall between any two.
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
    /// Where the order stands: a fact.
    Fact(Record),
    NotFound,
    NoVoid,
}

/// What the system's ledger says of the key.
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
    /// Cards are made, or are going to be; what was accepted and failed counts as not printed.
    pub fn prints(self) -> bool {
        matches!(self, Self::Accepted | Self::Processed | Self::Success)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cms {
    pub record: Option<Record>,
    pub placements: u8,
}

/// A message in flight. A request whose sender has crashed or no longer waits is orphaned: it still arrives, and
/// nobody hears the answer, because an answer comes on the connection of its request.
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
    /// The messages that differ, each with its place for [`Self::remove`].
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

    /// A worker stops listening: its requests go on without it. Of several orphaned voids one is kept, as a void that
    /// arrives late may change the ledger at most once.
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
    /// A new order, nothing sent.
    pub const START: Self = Self {
        order: Order {
            status: Status::Received,
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
