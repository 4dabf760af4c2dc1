//! Ingestion that is killed at any of its calls, and files that race: in the end the table is as if nothing had happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use local::handlers::Handlers;
use shared::deadline::Deadline;
use shared::domain::{FileName, FileStatus, KitFile, KitGroup, TenantId};
use shared::pgk::KitNo;
use tokio::task::JoinSet;

use crate::ingest_file::{deliver, drop_file, event};
use crate::support::wire::{Fate, Wire};
use crate::support::{Service, kits_marked, pgk};

const CLASHES: [&str; 3] = [
    "line 2: kitNo: must be unique among the tenant's kits",
    "line 3: kitNo: must be unique among the tenant's kits",
    "line 4: kitNo: must be unique among the tenant's kits",
];
/// Later than any lease that was given before.
const LATER: SignedDuration = SignedDuration::from_mins(3);

fn tenant() -> TenantId {
    TenantId::parse("ACME_BANK").unwrap()
}

/// What the table has in the end for one name, and for the kits of one mark.
#[derive(Debug, PartialEq)]
struct CmsOutcome {
    status: FileStatus,
    faults: Vec<String>,
    details: u32,
    groups: Vec<KitGroup>,
    /// Whether each kit is claimed by the current content of the name.
    claimed: [bool; 3],
}

async fn file(app: &Handlers, name: &str) -> Option<KitFile> {
    app.store.file(&tenant(), &FileName::parse(name).unwrap()).await.unwrap()
}

async fn claimed(app: &Handlers, file: &KitFile, mark: &str) -> [bool; 3] {
    let mut claimed = [false; 3];
    for (claimed, number) in claimed.iter_mut().zip(["1732", "1733", "1734"]) {
        let kit = KitNo::parse(format!("{mark}{number}").as_bytes()).unwrap();
        let block = app.store.kit_block(&tenant(), kit.block()).await.unwrap();
        let ours = block.claims.iter().find(|claim| claim.upload == file.upload && claim.epoch == file.losses);
        *claimed = ours.is_some_and(|ours| ours.slots.contains(kit.slot()));
    }
    claimed
}

async fn outcome(app: &Handlers, name: &str, mark: &str) -> CmsOutcome {
    let file = file(app, name).await.unwrap();
    let claimed = claimed(app, &file, mark).await;
    CmsOutcome { status: file.status, faults: file.faults, details: file.details, groups: file.groups, claimed }
}

/// Delivers a message again and again, each time to a new sandbox, until it no longer fails.
async fn redeliver(service: &Service, message: &str, after: SignedDuration) {
    for _ in 0..5 {
        let app = Wire::counting().app_at(&service.stack, after);
        if Box::pin(deliver(&app, &[message.to_owned()], &Deadline::never())).await.is_empty() {
            return;
        }
    }
    panic!("the message fails again and again");
}

/// Delivers a message to a sandbox that is killed at its n-th call.
async fn deliver_and_kill(service: &Service, message: &str, after: SignedDuration, at: usize, fate: Fate) {
    let calls = AtomicUsize::new(0);
    let wire =
        Wire::new(move |_, _| if calls.fetch_add(1, Ordering::SeqCst) == at { fate.clone() } else { Fate::Answered });
    let app = wire.app_at(&service.stack, after);
    let messages = [message.to_owned()];
    let deadline = Deadline::never();
    tokio::select! {
        biased;
        () = wire.killed() => {}
        _ = Box::pin(deliver(&app, &messages, &deadline)) => {}
    }
}

/// What the table and the bucket contain before the file arrives.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    /// Another file with the same kits, which is VALID.
    ValidOther,
    /// Another with the same kits, whose ingestion was killed before its verdict, long ago.
    DeadOther,
}

/// One run of a file through ingestion: its names, its kits' mark, its message.
struct Run {
    name: String,
    mark: String,
    message: String,
    after: SignedDuration,
}

/// Prepares a run whose kits no other run has.
async fn prepare(service: &Service, round: usize, before: Before, is_bad: bool) -> Run {
    let (mark, name, other) = (format!("C{round}X"), format!("file-{round}.txt"), format!("other-{round}.txt"));
    let content = if is_bad { pgk("bad-seq.txt") } else { kits_marked(&mark) };
    let mut after = SignedDuration::ZERO;
    if !matches!(before, Before::Nothing) {
        let key = format!("t/ACME_BANK/inbox/{other}");
        let version = drop_file(service, &key, &content).await;
        let message = event(&key, &version, 1);
        if let Before::DeadOther = before {
            after = LATER;
            // Settings, object, beginning, description and the one block; the verdict would be next.
            deliver_and_kill(service, &message, SignedDuration::ZERO, 5, Fate::KilledBefore).await;
            let app = Wire::counting().app(&service.stack);
            let other = file(&app, &other).await.unwrap();
            assert_eq!((other.status, claimed(&app, &other, &mark).await), (FileStatus::Validating, [true; 3]));
        } else {
            redeliver(service, &message, after).await;
        }
    }
    let key = format!("t/ACME_BANK/inbox/{name}");
    let version = drop_file(service, &key, &content).await;
    Run { message: event(&key, &version, 2), name, mark, after }
}

/// Kills the ingestion of a file at each of its calls in turn, and delivers its message again.
async fn kill_at_every_call(before: Before, is_bad: bool, want: FileStatus) {
    let service = Service::start().await;
    service.stack.pause_queue();
    let app = Wire::counting().app(&service.stack);
    let run = Box::pin(prepare(&service, 0, before, is_bad)).await;
    let undisturbed = Wire::counting();
    let sandbox = undisturbed.app_at(&service.stack, run.after);
    assert!(Box::pin(deliver(&sandbox, &[run.message], &Deadline::never())).await.is_empty());
    let wanted = outcome(&app, &run.name, &run.mark).await;
    assert_eq!((wanted.status, wanted.claimed), (want, [want == FileStatus::Valid; 3]));
    let kills = (0..undisturbed.seen().len()).flat_map(|at| [(at, Fate::KilledBefore), (at, Fate::KilledAfter)]);
    for (round, (at, fate)) in kills.enumerate() {
        let run = Box::pin(prepare(&service, round + 1, before, is_bad)).await;
        deliver_and_kill(&service, &run.message, run.after, at, fate.clone()).await;
        if let Some(left) = file(&app, &run.name).await {
            let is_whole = claimed(&app, &left, &run.mark).await == [true; 3];
            assert!(left.status != FileStatus::Valid || is_whole, "call {at}, {fate:?}");
        }
        redeliver(&service, &run.message, run.after).await;
        assert_eq!(outcome(&app, &run.name, &run.mark).await, wanted, "call {at}, {fate:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_call_leaves_a_valid_file_valid() {
    kill_at_every_call(Before::Nothing, false, FileStatus::Valid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_call_leaves_a_bad_file_its_faults() {
    kill_at_every_call(Before::Nothing, true, FileStatus::Invalid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_call_leaves_a_clash_its_lines() {
    kill_at_every_call(Before::ValidOther, false, FileStatus::Invalid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_call_loses_no_kit_of_a_dead_file() {
    kill_at_every_call(Before::DeadOther, false, FileStatus::Valid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_left_dead_learns_that_its_kits_are_gone() {
    let service = Service::start().await;
    service.stack.pause_queue();
    let content = kits_marked("D0X");
    let (dead, later) = ("t/ACME_BANK/inbox/dead.txt", "t/ACME_BANK/inbox/later.txt");
    let dead = event(dead, &drop_file(&service, dead, &content).await, 1);
    let later = event(later, &drop_file(&service, later, &content).await, 2);
    deliver_and_kill(&service, &dead, SignedDuration::ZERO, 5, Fate::KilledBefore).await;
    redeliver(&service, &later, LATER).await;
    redeliver(&service, &dead, LATER).await;
    let app = Wire::counting().app(&service.stack);
    let (dead, later) = (outcome(&app, "dead.txt", "D0X").await, outcome(&app, "later.txt", "D0X").await);
    assert_eq!((later.status, later.claimed), (FileStatus::Valid, [true; 3]));
    assert_eq!((dead.status, dead.claimed), (FileStatus::Invalid, [false; 3]));
    assert_eq!(dead.faults, CLASHES);
}

/// Two files with the same kits, delivered at once.
async fn race(service: Arc<Service>, round: usize) -> [CmsOutcome; 2] {
    let (mark, names) = (format!("R{round}X"), [format!("one-{round}.txt"), format!("two-{round}.txt")]);
    let mut messages = Vec::new();
    for (name, sequencer) in names.iter().zip([1, 2]) {
        let key = format!("t/ACME_BANK/inbox/{name}");
        let version = drop_file(&service, &key, &kits_marked(&mark)).await;
        messages.push(event(&key, &version, sequencer));
    }
    // In half of the races the younger one has a start.
    messages.rotate_left(round % 2);
    tokio::join!(
        redeliver(&service, &messages[0], SignedDuration::ZERO),
        redeliver(&service, &messages[1], SignedDuration::ZERO)
    );
    let app = Wire::counting().app(&service.stack);
    [outcome(&app, &names[0], &mark).await, outcome(&app, &names[1], &mark).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_drops_that_race_for_the_same_kits_one_is_valid() {
    let service = Arc::new(Service::start().await);
    service.stack.pause_queue();
    let races: JoinSet<[CmsOutcome; 2]> = (0..6).map(|round| race(Arc::clone(&service), round)).collect();
    for mut outcomes in races.join_all().await {
        outcomes.sort_by_key(|outcome| outcome.status != FileStatus::Valid);
        let [winner, loser] = outcomes;
        assert_eq!((winner.status, winner.claimed), (FileStatus::Valid, [true; 3]));
        assert_eq!((loser.status, loser.claimed), (FileStatus::Invalid, [false; 3]));
        assert_eq!(loser.faults, CLASHES);
    }
}
