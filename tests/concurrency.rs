//! Many calls at once.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use shared::domain::{FileDigest, FileName, FileStatus, FileToken, KitFile, StoredObject, TenantId};
use shared::pgk::KitNo;
use shared::store::{Begun, Claim, Finished, KitOwner, Losses, Precedence};
use tokio::task::JoinSet;

use crate::support::{Answer, Service, cancel, kits_marked, order, order_with_file, pgk};

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
    assert_eq!(service.post("/card-order", &order("ORD-1")).await.status, 200);
    let answers = at_once(&service, "/card-order/cancel", vec![cancel("ORD-1"); 16]).await;
    assert_eq!(count(&answers, |answer| answer.status == 200), 1);
    assert_eq!(count(&answers, |answer| answer.code() == "ORD003"), 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_orders_gets_the_file() {
    let service = Arc::new(Service::start().await);
    assert_eq!(service.upload("kits.txt", &pgk("valid-3.txt")).await.status, 200);
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
    assert_eq!(service.post("/card-order/withFile", &order_with_file("NEXT", "kits.txt")).await.status, 200);
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
    assert_eq!(service.post("/card-order/withFile", &order_with_file("ORD-1", "kits.txt")).await.status, 200);
}

/// A content that is being validated, as the store has it.
fn validating(name: &str, at_ms: i64) -> KitFile {
    let at = Timestamp::from_millisecond(at_ms).unwrap();
    KitFile {
        name: FileName::parse(name).unwrap(),
        token: FileToken::generate(at),
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
async fn a_verdict_that_did_not_see_a_loss_is_refused_however_late_it_comes() {
    let service = Service::start().await;
    let store = &service.stack.app.store;
    let tenant = TenantId::parse("ACME_BANK").unwrap();
    let kit = KitNo::parse(b"KIT1").unwrap();
    let (older, younger) = (validating("older.txt", 1_000), validating("younger.txt", 2_000));
    let precedence = || Precedence::Upload { now: Timestamp::from_second(1).unwrap() };
    for file in [&older, &younger] {
        assert!(matches!(store.begin_file(&tenant, file, precedence()).await.unwrap(), Begun::Ours));
    }
    assert_eq!(store.claim_kit(&tenant, kit, &younger).await.unwrap(), Claim::Ours);
    let owner = KitOwner { file: younger.name.clone(), token: younger.token.clone() };
    assert!(store.seize_kit(&tenant, kit, &older, &owner).await.unwrap());
    // Two calls work on the younger file; one has learned of the loss, the other has not.
    for _ in 0..2 {
        let late = store.finish_file(&tenant, &younger, Vec::new(), Losses::Same).await.unwrap();
        assert!(matches!(late, Finished::LostKits { losses: 1 }), "{late:?}");
    }
    assert!(matches!(store.claim_kit(&tenant, kit, &younger).await.unwrap(), Claim::Taken(_)));
    assert!(matches!(store.finish_file(&tenant, &older, Vec::new(), Losses::Same).await.unwrap(), Finished::Written));
    let late = store.finish_file(&tenant, &younger, Vec::new(), Losses::Same).await.unwrap();
    assert!(matches!(late, Finished::LostKits { .. }), "{late:?}");
    // What is valid cannot be seized any more.
    let owner = KitOwner { file: older.name.clone(), token: older.token.clone() };
    assert!(!store.seize_kit(&tenant, kit, &younger, &owner).await.unwrap());
}
