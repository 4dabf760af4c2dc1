//! Files that arrive in the bucket: partners' drops, and their events in any order.

use aws_lambda_events::sqs::SqsEvent;
use aws_sdk_s3::primitives::ByteStream;
use local::calling::work_of;
use local::handlers::Handlers;
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::api::batch::BatchCall;
use shared::deadline::Deadline;

use crate::support::wire::{Fate, Wire};
use crate::support::{Service, kits_marked, order_with_file, pgk, read};

/// Drops a file as a partner would.
pub async fn drop_file(service: &Service, key: &str, content: &[u8]) -> String {
    let put = service.s3().put_object().bucket(local::stack::BUCKET).key(key).body(ByteStream::from(content.to_vec()));
    put.send().await.unwrap().version_id.unwrap()
}

/// An event as S3 would send it.
pub fn event(key: &str, version_id: &str, sequencer: u64) -> String {
    json!({ "Records": [{
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-01-15T09:59:00.000Z",
        "s3": { "bucket": { "name": local::stack::BUCKET }, "object": { "key": key, "versionId": version_id, "sequencer": format!("{sequencer:06X}") } },
    }] })
    .to_string()
}

/// Drops a file into the inbox. Returns the event's message.
pub async fn dropped(service: &Service, name: &str, content: &[u8], sequencer: u64) -> String {
    let key = format!("t/ACME_BANK/inbox/{name}");
    let version = drop_file(service, &key, content).await;
    event(&key, &version, sequencer)
}

/// Delivers messages to the function. Returns the ids of those that failed.
pub async fn deliver(app: &Handlers, bodies: &[String], deadline: &Deadline) -> Vec<String> {
    let records: Vec<Value> =
        bodies.iter().enumerate().map(|(id, body)| json!({ "messageId": id.to_string(), "body": body })).collect();
    let batch: SqsEvent = serde_json::from_value(json!({ "Records": records })).unwrap();
    let call = BatchCall { request_id: "request".to_owned(), deadline: deadline.clone() };
    let response = work_of("ingest-file", ingest_file::handle(&app.ingest, batch, &call)).await;
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_becomes_a_file_that_an_order_can_use() {
    let service = Service::start().await;
    drop_file(&service, "t/ACME_BANK/inbox/kits.txt", &pgk("valid-3.txt")).await;
    let file = service.file_settled("kits.txt", "VALID").await;
    assert_eq!((&file["details"], &file["faults"]), (&json!(3), &json!([])));
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
    // A drop under the name of a file in use changes nothing.
    drop_file(&service, "t/ACME_BANK/inbox/kits.txt", &kits_marked("X")).await;
    drop_file(&service, "t/ACME_BANK/inbox/last.txt", &kits_marked("Y")).await;
    service.file_settled("last.txt", "VALID").await;
    let theirs = service.post_as("GLOBEX", "/card-order/fetchFile", &json!({ "fileName": "last.txt" })).await;
    assert_eq!(theirs.code(), "ORD006");
    assert_eq!(service.upload("kits.txt", &pgk("valid-3.txt")).await.header("idempotent-replayed"), Some("true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_drop_is_a_result() {
    let service = Service::start().await;
    let faults: Value = serde_json::from_slice(&pgk("faults.json")).unwrap();
    for (name, want) in faults.as_object().unwrap() {
        drop_file(&service, &format!("t/ACME_BANK/inbox/{name}"), &pgk(name)).await;
        let file = service.file_settled(name, "INVALID").await;
        assert_eq!(&file["faults"], want, "{name}");
        assert!(!file.to_string().contains("4111"));
    }
    drop_file(&service, "t/ACME_BANK/inbox/kits.txt", &pgk("valid-3.txt")).await;
    service.file_settled("kits.txt", "VALID").await;
    drop_file(&service, "t/ACME_BANK/inbox/clash.txt", &pgk("valid-3.txt")).await;
    let clash = service.file_settled("clash.txt", "INVALID").await;
    assert_eq!(clash["faults"][0], "line 2: kitNo: must be unique among the tenant's kits");
    assert_eq!(clash["faults"].as_array().map(Vec::len), Some(3));
}

/// Returns the file that the table has for a drop with this key.
async fn noted(service: &Service, name: &str) -> Value {
    service.fetch_file(name).await.body["result"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_that_no_rule_takes_is_an_invalid_file_that_says_why() {
    let service = Service::start().await;
    let name_rule = "file: must be a file name of letters, digits, '.', '_' or '-' that starts with a letter or digit, \
                     ends in .txt or .TXT and has at most 124 characters";
    let folder = "file: must lie directly under inbox/, in no folder below it";
    for (name, fault) in [
        ("/inbox/kits (1).txt", name_rule),
        ("/inbox/data.csv", name_rule),
        ("/inbox/Zürich & Söhne+1.txt", name_rule),
        ("/inbox/2026/11/kits.txt", folder),
        ("/kits2.txt", "file: must lie under inbox/"),
        ("/2026/kits.csv", "file: must lie under inbox/"),
        ("/pgk/2026/01/kits.txt", "file: must lie under inbox/"),
    ] {
        drop_file(&service, &format!("t/ACME_BANK{name}"), &pgk("valid-3.txt")).await;
        let file = service.file_settled(name, "INVALID").await;
        let want = json!({ "fileName": name, "status": "INVALID", "details": 0, "products": [], "faults": [fault] });
        assert_eq!(file, want);
        let theirs = service.post_as("GLOBEX", "/card-order/fetchFile", &json!({ "fileName": name })).await;
        let nothing = service.fetch_file("/nothing").await;
        assert_eq!((theirs.code(), &theirs.body), ("ORD006", &nothing.body));
    }
    // What lies under inbox/ is found without its folder as well.
    assert_eq!(noted(&service, "kits (1).txt").await["fileName"], "/inbox/kits (1).txt");
    // A drop's metadata are its sender's: only an upload of ours is passed over for them.
    let key = "t/ACME_BANK/inbox/marked.txt";
    let put = service.s3().put_object().bucket(local::stack::BUCKET).key(key).metadata("upload-id", "x");
    put.body(ByteStream::from(pgk("valid-3.txt"))).send().await.unwrap();
    service.file_settled("marked.txt", "VALID").await;
    for name in ["", &"x".repeat(1_025)] {
        let answer = service.fetch_file(name).await;
        assert_eq!(answer.faults(), ["fileName must be a string of 1 to 1024 bytes"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_drop_of_a_tenant_leaves_nothing_in_the_table() {
    let service = Service::start().await;
    let app = Wire::counting().app(&service.stack);
    let version = drop_file(&service, "t/ACME_BANK/inbox/kits.txt", b"x").await;
    let count = async || service.dynamodb().scan().table_name(local::stack::TABLE).send().await.unwrap().count;
    service.file_settled("kits.txt", "INVALID").await;
    let before = count().await;
    let foreign = event("t/ACME_BANK/inbox/kits+1.txt", &version, 1).replace(local::stack::BUCKET, "another-bucket");
    let keys = [
        "elsewhere/kits.txt",
        "t/NOBODY/inbox/kits.txt",
        "t/NOBODY/kits.csv",
        "t/ACME_BANK/inbox/",
        "t/ACME_BANK/inbox/4111111111111111.txt",
        "t/ACME_BANK/4111/1111/1111/1111/kits.csv",
        "t/%FF/inbox/kits.txt",
    ];
    let unversioned = event("t/ACME_BANK/inbox/kits+1.txt", &version, 1).replace("versionId", "noVersion");
    for body in keys.map(|key| event(key, &version, 1)).into_iter().chain([foreign, unversioned]) {
        assert!(deliver(&app, std::slice::from_ref(&body), &Deadline::never()).await.is_empty(), "{body}");
    }
    assert_eq!(count().await, before);
    let call = BatchCall { request_id: "request".to_owned(), deadline: Deadline::never() };
    for file in ["ingest-file-test-event", "ingest-file"] {
        let batch: SqsEvent = serde_json::from_str(&read(&format!("events/{file}.json"))).unwrap();
        let response = work_of("ingest-file", ingest_file::handle(&app.ingest, batch, &call)).await;
        assert!(response.batch_item_failures.is_empty(), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_broken_infrastructure_goes_back_to_the_queue_and_alone() {
    let service = Service::start().await;
    let version = drop_file(&service, "t/ACME_BANK/inbox/kits.txt", &pgk("valid-3.txt")).await;
    let denied = r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException","Message":"no"}"#;
    let wire = Wire::new(move |operation, _| match operation {
        "PutItem" => Fate::Refused(400, denied),
        _ => Fate::Answered,
    });
    let event = event("t/ACME_BANK/inbox/kits.txt", &version, 1);
    let bodies = ["{\"Event\":\"s3:TestEvent\"}".to_owned(), event, "garbage".to_owned()];
    assert_eq!(deliver(&wire.app(&service.stack), &bodies, &Deadline::never()).await, ["1", "2"]);
}

/// Returns the state of the names after the events.
async fn states(service: &Service) -> Vec<Value> {
    let mut states = Vec::new();
    for name in ["a.txt", "b.txt"] {
        states.push(service.fetch_file(name).await.body["result"].clone());
    }
    states
}

#[test]
fn doubled_late_and_shuffled_events_converge() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let order = proptest::collection::vec(0_usize..5, 0..10).prop_flat_map(|repeats| {
        let all: Vec<usize> = (0..5).chain(repeats).collect();
        Just(all).prop_shuffle()
    });
    runner
        .run(&order, |order| {
            runtime.block_on(async {
                let service = Service::start().await;
                service.stack.pause_queue();
                let app = Wire::counting().app(&service.stack);
                let (a, b) = ("t/ACME_BANK/inbox/a.txt", "t/ACME_BANK/inbox/b.txt");
                let mut events = Vec::new();
                for (key, content) in [
                    (a, kits_marked("A1X")),
                    (b, kits_marked("B1X")),
                    (a, b"garbage".to_vec()),
                    (b, pgk("bad-seq.txt")),
                    (a, kits_marked("A3X")),
                ] {
                    let version = drop_file(&service, key, &content).await;
                    events.push(event(key, &version, 100 + events.len() as u64));
                }
                for index in order {
                    assert!(deliver(&app, &[events[index].clone()], &Deadline::never()).await.is_empty());
                }
                let states = states(&service).await;
                prop_assert_eq!(&states[0]["status"], "VALID");
                prop_assert_eq!(&states[0]["details"], 3);
                prop_assert_eq!(&states[1]["status"], "INVALID");
                prop_assert_eq!(&states[1]["faults"], &json!(["line 3: seq: must be 000002"]));
                Ok(())
            })
        })
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_removed_before_it_was_read_leaves_no_file() {
    let service = Service::start().await;
    service.stack.pause_queue();
    let key = "t/ACME_BANK/inbox/kits.txt";
    let version = drop_file(&service, key, &pgk("valid-3.txt")).await;
    let delete = service.s3().delete_object().bucket(local::stack::BUCKET).key(key).version_id(&version);
    delete.send().await.unwrap();
    let app = Wire::counting().app(&service.stack);
    assert!(deliver(&app, &[event(key, &version, 1)], &Deadline::never()).await.is_empty());
    assert_eq!(service.fetch_file("kits.txt").await.code(), "ORD006");
    // A mark of deletion on top hides nothing: the event names the version.
    let version = drop_file(&service, key, &pgk("valid-3.txt")).await;
    service.s3().delete_object().bucket(local::stack::BUCKET).key(key).send().await.unwrap();
    assert!(deliver(&app, &[event(key, &version, 2)], &Deadline::never()).await.is_empty());
    service.file_settled("kits.txt", "VALID").await;
}
