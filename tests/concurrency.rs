//! Many calls at once.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use shared::domain::{FileDigest, FileName, FileStatus, KitFile, StoredObject, TenantId, UploadId};
use shared::pgk::KitNo;
use shared::store::{Basis, BeginOutcome, FinishOutcome, KitBlock, KitClaim, Precedence};
use tokio::task::JoinSet;

use crate::support::{Answer, Service, cancel, kits_marked, now, order, order_with_file, pgk};

async fn at_once(service: &Arc<Service>, route: &'static str, bodies: Vec<Value>) -> Vec<Answer> {
    let calls: JoinSet<Answer> = bodies
        .into_iter()
        .map(|body| {
            let service = Arc::clone(service);
            async move { service.post(route, &body).await }
        })
        .collect();
    calls.join_all().await
}

fn count(answers: &[Answer], is: impl Fn(&Answer) -> bool) -> usize {
    answers.iter().filter(|answer| is(answer)).count()
}

fn is_new(answer: &Answer) -> bool {
    answer.status == 200 && answer.header("idempotent-replayed").is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_equal_creates_are_one_order() {
    let service = Arc::new(Service::start().await);
    let answers = at_once(&service, "/card-order", vec![order("ORD-1"); 32]).await;
    assert_eq!(count(&answers, |answer| answer.status == 200), 32);
    assert_eq!(count(&answers, is_new), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_cancels_are_one_cancellation() {
    let service = Arc::new(Service::start().await);
    assert!(service.create(order("ORD-1")).await.is_ok());
    let answers = at_once(&service, "/card-order/cancel", vec![cancel("ORD-1"); 16]).await;
    assert_eq!(count(&answers, |answer| answer.status == 200), 1);
    assert_eq!(count(&answers, |answer| answer.code() == "ORD003"), 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_orders_gets_the_file() {
    let service = Arc::new(Service::start().await);
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let mut bodies: Vec<Value> = (0..8).map(|n| order_with_file(&format!("ORD-{n}"), "kits.txt")).collect();
    bodies.extend(bodies.clone());
    let answers = at_once(&service, "/card-order/withFile", bodies).await;
    assert_eq!(count(&answers, is_new), 1);
    assert_eq!(count(&answers, |answer| answer.status == 200), 2, "the order that got it, and its replay");
    assert_eq!(count(&answers, |answer| answer.code() == "ORD006"), 14);
    // Sixteen cancels of it free the file once.
    let winner = answers.iter().find(|answer| is_new(answer)).and_then(|answer| answer.header("order-id")).unwrap();
    let answers = at_once(&service, "/card-order/cancel", vec![cancel(winner); 16]).await;
    assert_eq!(count(&answers, |answer| answer.status == 200), 1);
    assert_eq!(count(&answers, |answer| answer.code() == "ORD003"), 15);
    assert!(service.create_with_file(order_with_file("NEXT", "kits.txt")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_uploads_are_one_file_and_of_two_with_the_same_kits_one_is_valid() {
    let service = Arc::new(Service::start().await);
    for round in 0..4 {
        let content = kits_marked(&format!("R{round}X"));
        let uploads: JoinSet<(usize, Answer)> = (0..12)
            .map(|n| {
                let (service, content) = (Arc::clone(&service), content.clone());
                async move { (n % 3, service.upload(&format!("round-{round}-{}.txt", n % 3), &content).await) }
            })
            .collect();
        let answers = uploads.join_all().await;
        let is_valid = |name: usize| answers.iter().filter(|(n, _)| *n == name).all(|(_, answer)| answer.status == 200);
        let is_clash = |name: usize| {
            let clash = |answer: &Answer| {
                answer.faults().first().is_some_and(|fault| fault.contains("unique among the tenant's kits"))
            };
            answers.iter().filter(|(n, _)| *n == name).all(|(_, answer)| clash(answer))
        };
        assert_eq!((0..3).filter(|name| is_valid(*name)).count(), 1, "{answers:?}");
        assert_eq!((0..3).filter(|name| is_clash(*name)).count(), 2, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_has_one_content_under_concurrent_uploads() {
    let service = Arc::new(Service::start().await);
    let uploads: JoinSet<Answer> = (0..8)
        .map(|n| {
            let service = Arc::clone(&service);
            async move { service.upload("kits.txt", &kits_marked(&format!("N{n}X"))).await }
        })
        .collect();
    let answers = uploads.join_all().await;
    assert!(count(&answers, is_new) >= 1);
    let in_use = |answer: &Answer| answer.faults() == ["fileName is already in use"];
    assert_eq!(count(&answers, |answer| is_new(answer) || in_use(answer)), 8, "{answers:?}");
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
}

/// Content that is being validated, as the store has it.
fn validating(name: &str, at_ms: i64) -> KitFile {
    let at = Timestamp::from_millisecond(at_ms).unwrap();
    KitFile {
        name: FileName::parse(name).unwrap(),
        upload: UploadId::generate(at),
        status: FileStatus::Validating,
        object: StoredObject { key: format!("t/ACME_BANK/pgk/{name}"), version_id: "1".to_owned() },
        sequencer: None,
        digest: Some(FileDigest([7; 32])),
        details: 1,
        groups: Vec::new(),
        used_by: None,
        lease_until: at,
        losses: 0,
        faults: Vec::new(),
    }
}

#[tokio::test]
async fn a_verdict_under_an_older_epoch_is_refused_however_late_it_comes() {
    let service = Service::start().await;
    let store = &service.stack.handlers.store;
    let tenant = TenantId::parse("ACME_BANK").unwrap();
    let younger = validating("younger.txt", 2_000);
    let precedence = Precedence::Upload { now: Timestamp::from_second(1).unwrap() };
    assert!(matches!(store.begin_file(&tenant, &younger, precedence).await.unwrap(), BeginOutcome::Ours));
    let slots = [1].into_iter().collect();
    let claim = KitClaim { upload: younger.upload.clone(), file: younger.name.clone(), epoch: 0, slots };
    // However many of its claims are in the way of however many, it has one loss more.
    assert!(store.fence_file(&tenant, &claim).await.unwrap());
    assert!(!store.fence_file(&tenant, &claim).await.unwrap());
    // Two calls work on the file and have not learned of it.
    for _ in 0..2 {
        let late = store.finish_file(&tenant, &younger, Vec::new(), Basis::Claims { epoch: 0 }, now()).await.unwrap();
        assert!(matches!(late, FinishOutcome::LostKits { losses: 1 }), "{late:?}");
    }
    let verdict = store.finish_file(&tenant, &younger, Vec::new(), Basis::Claims { epoch: 1 }, now()).await.unwrap();
    assert!(matches!(verdict, FinishOutcome::Written));
    // What is valid is fenced by nobody.
    assert!(!store.fence_file(&tenant, &KitClaim { epoch: 1, ..claim }).await.unwrap());
}

#[tokio::test]
async fn a_block_is_written_only_by_who_has_seen_its_last_version() {
    let service = Service::start().await;
    let store = &service.stack.handlers.store;
    let tenant = TenantId::parse("ACME_BANK").unwrap();
    let key = KitNo::parse(b"KIT1001").unwrap().block();
    let claim = |name: &str, slots: std::ops::Range<u16>| {
        let file = validating(name, 1_000);
        KitClaim { upload: file.upload, file: file.name, epoch: 3, slots: slots.collect() }
    };
    let (one, two) = (claim("one.txt", 0..1_000), claim("two.txt", 7..8));
    assert_eq!(store.write_kit_block(&tenant, key, 0, vec![one.clone()]).await.unwrap(), None);
    let first = KitBlock { version: 1, claims: vec![one.clone()] };
    assert_eq!(store.write_kit_block(&tenant, key, 0, vec![two.clone()]).await.unwrap(), Some(first.clone()));
    assert_eq!(store.write_kit_block(&tenant, key, 1, vec![two.clone()]).await.unwrap(), None);
    let second = KitBlock { version: 2, claims: vec![two] };
    assert_eq!(store.write_kit_block(&tenant, key, 1, vec![one]).await.unwrap(), Some(second.clone()));
    assert_eq!(store.kit_block(&tenant, key).await.unwrap(), second);
}
