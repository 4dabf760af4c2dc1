//! The steps of a worker: it claims one block after the other, then writes the verdict.

use super::state::{Claim, Message, Phase, State, Status, Worker};
use super::{Luck, Protocol, Steps, Variant};

/// Adds all steps that a worker can take now.
pub fn steps(protocol: &Protocol, state: &State, who: usize, found: &mut Steps<'_>) {
    let me = protocol.scene.workers[who];
    let turn = Turn { protocol, who, me, next: *state };
    let worker = state.workers[who];
    match worker.phase {
        Phase::Idle => {
            for message in state.files[me].queue.messages() {
                let what = if message == Message::START { "starts" } else { "continues after a hand-over" };
                found.add(me, what, Luck::Due, turn.after(|turn| turn.start(message)));
            }
        }
        Phase::Judge => judge(&turn, found),
        Phase::Reread | Phase::Put | Phase::Fence | Phase::Write => {
            let mut turn = turn.clone();
            let what = turn.call();
            found.add(me, what, Luck::Due, turn.next);
        }
    }
    if worker.phase == Phase::Put && worker.next > 0 && !state.files[me].queue.is_empty() {
        let sent = turn.after(Turn::send_progress);
        found.add(me, "sends the next message and dies before deleting its own", Luck::Chance, sent);
        found.add(me, "hands over", Luck::Chance, turn.after(Turn::hand_over));
    }
    if worker.phase != Phase::Idle {
        found.add(me, "dies", Luck::Chance, turn.after(|turn| *turn.worker() = Worker::IDLE));
    }
}

/// Reads the file of another claim.
fn judge(turn: &Turn<'_>, found: &mut Steps<'_>) {
    let Turn { protocol: Protocol { scene, variant }, me, .. } = *turn;
    let worker = turn.next.workers[turn.who];
    let other = turn.next_to_judge().expect("a claim to judge");
    let is_fenced = worker.seen[other].age > 0 || worker.remembered & (1 << other) != 0;
    let mut add = |what, luck, act: &dyn Fn(&mut Turn<'_>)| found.add(me, what, luck, turn.after(act));
    match turn.next.files[other].status {
        Status::Invalid | Status::Replaced | Status::ReplacedValid => {
            add("finds a claim that never counts again", Luck::Due, &|turn| turn.drop_claim(other));
        }
        _ if is_fenced => add("finds a fenced claim", Luck::Due, &|turn| turn.drop_fenced(other)),
        Status::Valid => add("finds a claim of a VALID file", Luck::Due, &|turn| turn.clash(other)),
        Status::Validating if me < other => add("finds a younger claim", Luck::Due, &|turn| turn.go_first(other)),
        Status::Validating if *variant == Variant::ClashWithValidating => {
            add("finds an older claim", Luck::Due, &|turn| turn.clash(other));
        }
        Status::Validating => {
            if *variant != Variant::LeaseForEver {
                // For safety a lease may lapse at any time, but only that of a file that was given up is sure to lapse.
                let luck = if turn.next.is_given_up(scene, other) { Luck::Due } else { Luck::Chance };
                add("finds an older claim whose lease has lapsed", luck, &|turn| turn.go_first(other));
            }
            add("waits for an older claim", Luck::Due, &|turn| turn.worker().forget_block(Phase::Put));
        }
    }
}

/// A worker and the state that its step changes.
#[derive(Clone)]
struct Turn<'a> {
    protocol: &'a Protocol,
    who: usize,
    /// The worker's file.
    me: usize,
    next: State,
}

impl Turn<'_> {
    fn after(&self, act: impl Fn(&mut Self)) -> State {
        let mut turn = self.clone();
        act(&mut turn);
        turn.next
    }

    fn worker(&mut self) -> &mut Worker {
        &mut self.next.workers[self.who]
    }

    fn is(&self, variant: Variant) -> bool {
        self.protocol.variant == variant
    }

    /// Returns the slots that the file wants of the worker's block.
    fn wanted(&self) -> u8 {
        self.protocol.scene.wanted(self.me, self.next.workers[self.who].next)
    }

    fn call(&mut self) -> &'static str {
        let Worker { phase, next, .. } = *self.worker();
        match phase {
            Phase::Reread => self.reread(),
            Phase::Put if next == self.protocol.scene.blocks => self.finish(),
            Phase::Put => self.put(),
            Phase::Fence => self.fence(),
            Phase::Write => self.write(),
            Phase::Idle | Phase::Judge => unreachable!("not one call with one outcome"),
        }
    }

    /// Receives a message and reads its file, which is still being validated: the messages of finished files are dropped.
    fn start(&mut self, message: Message) {
        let Message { next, has_clashed } = message;
        *self.worker() = Worker { message, next, has_clashed, phase: Phase::Put, ..Worker::IDLE };
        self.skip();
    }

    /// Starts over from the file as it is now.
    fn reread(&mut self) -> &'static str {
        if self.next.files[self.me].status != Status::Validating {
            *self.worker() = Worker::IDLE;
            return "finds that its file has a verdict";
        }
        let Worker { message, remembered, .. } = *self.worker();
        *self.worker() = Worker { message, remembered, phase: Phase::Put, ..Worker::IDLE };
        self.skip();
        "starts over"
    }

    fn advance(&mut self) {
        self.worker().next += 1;
        self.worker().forget_block(Phase::Put);
        self.skip();
    }

    /// Skips blocks of which the file wants nothing.
    fn skip(&mut self) {
        while self.worker().next < self.protocol.scene.blocks && self.wanted() == 0 {
            self.worker().next += 1;
        }
    }

    /// Puts a block if it does not exist; if it exists, the refusal returns it.
    fn put(&mut self) -> &'static str {
        let Worker { next: number, age, .. } = *self.worker();
        let mut block = self.next.blocks[usize::from(number)];
        let wanted = Claim { slots: self.wanted(), age };
        let own = block[self.me];
        if block.iter().all(|claim| claim.slots == 0) {
            block[self.me] = wanted;
            self.next.write(number, block);
            self.advance();
            return "claims a new block";
        }
        if own == wanted || (own.slots == wanted.slots && self.is(Variant::OwnClaimOfAnyEpoch)) {
            self.advance();
            return "finds its claim in place";
        }
        if own.slots != 0 && own.age < age && !self.is(Variant::OlderOverwritesNewer) {
            let Worker { message, remembered, .. } = *self.worker();
            *self.worker() = Worker { phase: Phase::Reread, message, remembered, ..Worker::IDLE };
            return "finds a newer claim of its own file";
        }
        *self.worker() = Worker { seen: block, is_latest: true, ..*self.worker() };
        self.judge_next();
        "sees a block"
    }

    /// Returns the first other file that claims a wanted slot and has not been judged.
    fn next_to_judge(&self) -> Option<usize> {
        let worker = &self.next.workers[self.who];
        let judged = worker.dropped | worker.clashing | (1 << self.me);
        let mut files = 0..self.protocol.scene.files.len();
        files.find(|file| worker.seen[*file].slots & self.wanted() != 0 && judged & (1 << file) == 0)
    }

    fn judge_next(&mut self) {
        if self.next_to_judge().is_some() {
            self.worker().phase = Phase::Judge;
            return;
        }
        let claim = self.claim();
        if claim.slots == 0 || claim == self.next.workers[self.who].seen[self.me] {
            self.worker().has_clashed = true;
            self.advance();
        } else {
            self.worker().phase = Phase::Write;
        }
    }

    /// Returns what the file can claim of the block that was seen.
    fn claim(&self) -> Claim {
        let worker = &self.next.workers[self.who];
        let mut slots = self.wanted();
        for (file, claim) in worker.seen.iter().enumerate() {
            if worker.clashing & (1 << file) != 0 {
                slots &= !claim.slots;
            }
        }
        Claim { slots, age: worker.age }
    }

    fn drop_claim(&mut self, other: usize) {
        self.worker().dropped |= 1 << other;
        self.judge_next();
    }

    fn drop_fenced(&mut self, other: usize) {
        if self.is(Variant::FencedForGood) {
            self.worker().remembered |= 1 << other;
        }
        self.drop_claim(other);
    }

    fn clash(&mut self, other: usize) {
        self.worker().clashing |= 1 << other;
        self.judge_next();
    }

    fn go_first(&mut self, other: usize) {
        if self.is(Variant::DropWithoutFencing) {
            self.drop_claim(other);
        } else {
            self.worker().phase = Phase::Fence;
        }
    }

    fn fence(&mut self) -> &'static str {
        let other = self.next_to_judge().expect("a claim to fence");
        let is_seen_epoch = self.worker().seen[other].age == 0;
        let is_allowed = is_seen_epoch && self.next.files[other].status == Status::Validating;
        if !is_allowed && !self.is(Variant::BlindFence) {
            self.worker().phase = Phase::Judge;
            return "comes too late to fence";
        }
        self.next.fence(&self.protocol.scene, other, self.protocol.variant);
        self.drop_fenced(other);
        "fences the other file"
    }

    fn write(&mut self) -> &'static str {
        let worker = *self.worker();
        if !worker.is_latest && !self.is(Variant::WriteWithoutVersion) {
            self.worker().forget_block(Phase::Put);
            self.put();
            return "comes too late to write, and reads the block again";
        }
        let mut block = worker.seen;
        for (file, claim) in block.iter_mut().enumerate() {
            if worker.dropped & (1 << file) != 0 {
                *claim = Claim::NONE;
            }
        }
        block[self.me] = self.claim();
        self.next.write(worker.next, block);
        self.worker().has_clashed |= worker.clashing != 0;
        self.advance();
        "writes the block"
    }

    /// Writes the verdict. The condition is the same for VALID and INVALID.
    fn finish(&mut self) -> &'static str {
        let Worker { has_clashed, age, .. } = *self.worker();
        let is_validating = self.next.files[self.me].status == Status::Validating;
        let without_losses = if has_clashed { Variant::InvalidWithoutLosses } else { Variant::VerdictWithoutLosses };
        if is_validating && age > 0 && !self.is(without_losses) {
            self.reread();
            return "finds that its file was fenced, and starts over";
        }
        *self.worker() = Worker::IDLE;
        let (status, what) = match (is_validating, has_clashed) {
            (false, _) => return "finds that its file has a verdict",
            (true, true) => (Status::Invalid, "writes INVALID"),
            (true, false) => (Status::Valid, "writes VALID"),
        };
        self.next.finish(&self.protocol.scene, self.me, status);
        what
    }

    /// Deletes its message after sending one with its progress.
    fn hand_over(&mut self) {
        let old = self.worker().message;
        self.next.files[self.me].queue = self.next.files[self.me].queue.without(old);
        self.send_progress();
    }

    /// Sends a message with its progress, which is worthless if its epoch is no longer the current one.
    fn send_progress(&mut self) {
        let Worker { next, has_clashed, age, .. } = *self.worker();
        let counts = age == 0 || self.is(Variant::ProgressWithoutEpoch);
        let message = if counts { Message { next, has_clashed } } else { Message::START };
        self.next.files[self.me].queue = self.next.files[self.me].queue.with(message);
        *self.worker() = Worker::IDLE;
    }
}
