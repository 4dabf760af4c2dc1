//! Ingestion in small steps: each message goes to a new sandbox that has time for about one block and sends the rest to the
//! queue. A sandbox is killed at each point of its I/O, sending included; in the end the table is as if nothing had happened.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use shared::deadline::Deadline;
use shared::domain::{FileName, FileStatus, KitFile, TenantId};
use shared::pgk::KitNo;

use crate::ingest_file::{deliver, dropped};
use crate::support::wire::{Fate, Wire};
use crate::support::{Service, kits_of};

/// The maximum number of deliveries in a story.
const DELIVERIES_MAX: usize = 60;
/// How often a sandbox may ask whether it has time.
const LOOKS_MAX: usize = 2;

/// The points of I/O of a story, at one of which a sandbox may be killed.
#[derive(Clone, Default)]
struct Points {
    passed: Arc<AtomicUsize>,
    fatal: Option<(usize, Fate)>,
}

impl Points {
    fn next(&self) -> Fate {
        let at = self.passed.fetch_add(1, Ordering::SeqCst);
        self.fatal.as_ref().filter(|(fatal, _)| *fatal == at).map_or(Fate::Answered, |(_, fate)| fate.clone())
    }
}

/// Delivers a message once. Returns what it sent to the queue, and whether the message is done.
async fn deliver_once(service: &Service, points: &Points, message: &str) -> (Vec<String>, bool) {
    let (judge, points) = (points.clone(), points.clone());
    let wire = Wire::new(move |_, _| judge.next());
    let (sent, is_killed) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
    let (queue, killed) = (Arc::clone(&sent), Arc::clone(&is_killed));
    let app = wire.app_with_queue(&service.stack, move |body| {
        let fate = points.next();
        killed.store(fate != Fate::Answered, Ordering::SeqCst);
        if fate != Fate::KilledBefore {
            queue.lock().unwrap().push(body);
        }
    });
    let looks = AtomicUsize::new(0);
    let seen = wire.clone();
    let puts = move || seen.seen().iter().filter(|seen| seen.operation == "PutItem").count();
    let deadline = Deadline::when(move || puts() == 0 && looks.fetch_add(1, Ordering::SeqCst) < LOOKS_MAX);
    let messages = [message.to_owned()];
    let is_done = tokio::select! {
        biased;
        () = wire.killed() => false,
        failed = Box::pin(deliver(&app, &messages, &deadline)) => failed.is_empty() && !is_killed.load(Ordering::SeqCst),
    };
    let sent = std::mem::take(&mut *sent.lock().unwrap());
    (sent, is_done)
}

/// Delivers messages in turn until none is left. One whose sandbox was killed goes to the end of the queue.
async fn deliver_all(service: &Service, points: &Points, messages: &[String]) {
    let mut queue = VecDeque::from(messages.to_vec());
    for _ in 0..DELIVERIES_MAX {
        let Some(message) = queue.pop_front() else { return };
        let (sent, is_done) = deliver_once(service, points, &message).await;
        queue.extend(sent);
        if !is_done {
            queue.push_back(message);
        }
    }
    panic!("the messages never end");
}

/// Files that arrived, and their messages, in one or more queues that are served at once.
struct Story {
    names: Vec<String>,
    kits: Vec<String>,
    queues: Vec<Vec<String>>,
}

impl Story {
    async fn run(&self, service: &Service, points: &Points) {
        futures_util::future::join_all(self.queues.iter().map(|messages| deliver_all(service, points, messages))).await;
    }

    /// Returns the table's entries for its names, and the name that has each kit.
    async fn table(&self, service: &Service) -> Table {
        let (store, tenant) = (&service.stack.handlers.store, TenantId::parse("ACME_BANK").unwrap());
        let mut files = Vec::new();
        for name in &self.names {
            files.push(store.file(&tenant, &FileName::parse(name).unwrap()).await.unwrap().unwrap());
        }
        let mut owners = Vec::new();
        for kit in &self.kits {
            let kit = KitNo::parse(kit.as_bytes()).unwrap();
            let block = store.kit_block(&tenant, kit.block()).await.unwrap();
            let claim = block.claims.iter().find(|claim| claim.slots.contains(kit.slot()));
            let has_it = |file: &KitFile| {
                let claimed = claim.is_some_and(|claim| claim.upload == file.upload && claim.epoch == file.losses);
                claimed && file.status != FileStatus::Invalid
            };
            owners.push(files.iter().position(has_it));
        }
        let files = files.into_iter().map(|file| (file.status, file.details, file.faults)).collect();
        Table { files, owners }
    }
}

#[derive(Debug, PartialEq)]
struct Table {
    files: Vec<(FileStatus, u32, Vec<String>)>,
    /// The index of its file among the names.
    owners: Vec<Option<usize>>,
}

/// Runs a story undisturbed, and then with a kill at each of its points. `check` compares each end with the undisturbed one.
async fn kill_at_every_point(prepare: impl AsyncFn(&Service, usize) -> Story, check: impl Fn(&Table, &Table, &str)) {
    let service = Service::start().await;
    service.stack.pause_queue();
    let story = prepare(&service, 0).await;
    let undisturbed = Points::default();
    story.run(&service, &undisturbed).await;
    let wanted = story.table(&service).await;
    check(&wanted, &wanted, "undisturbed");
    let points = undisturbed.passed.load(Ordering::SeqCst);
    let kills = (0..points).flat_map(|at| [(at, Fate::KilledBefore), (at, Fate::KilledAfter)]);
    for (round, fatal) in (1..).zip(kills) {
        let story = prepare(&service, round).await;
        let told = format!("{fatal:?} of {points}");
        story.run(&service, &Points { fatal: Some(fatal), ..Points::default() }).await;
        check(&story.table(&service).await, &wanted, &told);
    }
}

/// Returns the kit numbers of a round that are `step` apart.
fn numbers(round: usize, kits: std::ops::Range<usize>, step: usize) -> Vec<String> {
    kits.map(|kit| format!("R{round}N{:04}", kit * step)).collect()
}

fn clashes(lines: std::ops::Range<usize>) -> Vec<String> {
    lines.map(|line| format!("line {line}: kitNo: must be unique among the tenant's kits")).collect()
}

/// A file of these kits ends VALID with all of them, whichever point a sandbox is killed at.
async fn ends_valid(kits: impl Fn(usize) -> Vec<String>, queues: impl Fn(String) -> Vec<Vec<String>>) {
    let prepare = async |service: &Service, round| {
        let (name, kits) = (format!("file-{round}.txt"), kits(round));
        let message = dropped(service, &name, &kits_of(kits.clone()), 1).await;
        Story { names: vec![name], kits, queues: queues(message) }
    };
    kill_at_every_point(prepare, |table, _, told| {
        let details = u32::try_from(table.owners.len()).unwrap();
        assert_eq!(table.files, [(FileStatus::Valid, details, vec![])], "{told}");
        assert!(table.owners.iter().all(|owner| *owner == Some(0)), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dense_file_ends_as_if_nothing_had_happened() {
    ends_valid(|round| numbers(round, 0..240, 10), |message| vec![vec![message]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sparse_file_ends_as_if_nothing_had_happened() {
    let kits = |round| ["A", "B7", "C", "7D", "E00", "F"].map(|end| format!("R{round}N{end}")).into();
    ends_valid(kits, |message| vec![vec![message]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubled_message_changes_nothing() {
    ends_valid(|round| numbers(round, 0..60, 30), |message| vec![vec![message.clone(); 2], vec![message]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_racing_files_that_share_half_of_their_kits_one_is_valid_and_the_other_names_the_lines() {
    let prepare = async |service: &Service, round| {
        let names = vec![format!("one-{round}.txt"), format!("two-{round}.txt")];
        let kits = numbers(round, 0..60, 30);
        let one = dropped(service, &names[0], &kits_of(kits[..40].to_vec()), 1).await;
        let two = dropped(service, &names[1], &kits_of(kits[20..].to_vec()), 2).await;
        Story { names, kits, queues: vec![vec![one], vec![two]] }
    };
    kill_at_every_point(prepare, |table, _, told| {
        let (valid, invalid) = ((FileStatus::Valid, 40, vec![]), |lines| (FileStatus::Invalid, 40, clashes(lines)));
        let has = |place: usize, kits: std::ops::Range<usize>| -> Vec<Option<usize>> {
            (0..60).map(|kit| kits.contains(&kit).then_some(place)).collect()
        };
        if table.files[0].0 == FileStatus::Valid {
            assert_eq!(table.files, [valid, invalid(2..22)], "{told}");
            assert_eq!(table.owners, has(0, 0..40), "{told}");
        } else {
            assert_eq!(table.files, [invalid(22..42), valid], "{told}");
            assert_eq!(table.owners, has(1, 20..60), "{told}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_robbed_between_two_steps_ends_as_if_nothing_else_had_happened() {
    let prepare = async |service: &Service, round| {
        let names = vec![format!("older-{round}.txt"), format!("younger-{round}.txt")];
        let kits = numbers(round, 0..60, 30);
        let older = dropped(service, &names[0], &kits_of(kits[5..8].to_vec()), 1).await;
        let younger = dropped(service, &names[1], &kits_of(kits.clone()), 2).await;
        // The rest of the younger file is queued after the older one.
        Story { names, kits, queues: vec![vec![younger, older]] }
    };
    kill_at_every_point(prepare, |table, wanted, told| {
        assert_eq!(table.files[1], (FileStatus::Invalid, 60, clashes(7..10)), "{told}");
        assert_eq!(table, wanted, "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_between_two_steps_gives_its_kits_back() {
    let prepare = async |service: &Service, round| {
        let (name, kits) = (format!("name-{round}.txt"), numbers(round, 0..100, 25));
        // A few kits are in both.
        let first = dropped(service, &name, &kits_of(kits[..60].to_vec()), 1).await;
        let second = dropped(service, &name, &kits_of(kits[55..].to_vec()), 2).await;
        Story { names: vec![name], kits, queues: vec![vec![first, second]] }
    };
    kill_at_every_point(prepare, |table, _, told| {
        assert_eq!(table.files, [(FileStatus::Valid, 45, vec![])], "{told}");
        assert_eq!(table.owners, [vec![None; 55], vec![Some(0); 45]].concat(), "{told}");
    })
    .await;
}
