//! The items of the table as they are written: one of each kind, with its attribute names and forms.
//!
//! The first release freezes them. From then on items in this form are in customers' tables: a change to a snapshot here
//! must come with code that still reads the old form.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::domain::OrderId;

use crate::processing::{acme, app_for, scripted, worker};
use crate::support::{Service, TestClock, order, order_with_file, pgk};

/// Values that are new in each run, or drawn at random, as is how long a failed order is left alone.
const VOLATILE: [&str; 14] =
    ["ai", "ui", "upload", "ok", "vi", "fk", "fv", "lw", "lu", "r", "requestId", "sq", "gsi2sk", "gsi3sk"];
const VERY_LONG: usize = 600;

/// A value after the name of its type.
fn plain(name: &str, value: AttributeValue) -> Value {
    match value {
        _ if VOLATILE.contains(&name) => "<volatile>".into(),
        AttributeValue::S(text) if text.len() > VERY_LONG => format!("S <{} bytes>", text.len()).into(),
        AttributeValue::S(text) => format!("S {text}").into(),
        AttributeValue::N(number) => format!("N {number}").into(),
        AttributeValue::Bool(value) => format!("BOOL {value}").into(),
        AttributeValue::B(bytes) => format!("B {}", hex::encode(bytes.as_ref())).into(),
        AttributeValue::L(list) => list.into_iter().map(|value| plain("", value)).collect(),
        AttributeValue::M(map) => json!(attributes(map)),
        other => panic!("no item has {other:?}"),
    }
}

fn attributes(item: HashMap<String, AttributeValue>) -> BTreeMap<String, Value> {
    let plain = |(name, value): (String, _)| (name.clone(), plain(&name, value));
    item.into_iter().map(plain).collect()
}

/// All items of a table, by their keys.
async fn items(service: &Service, table: &str) -> BTreeMap<String, BTreeMap<String, Value>> {
    let items = service.dynamodb().scan().table_name(table).into_paginator().items().send();
    let items: Vec<HashMap<_, _>> = items.collect::<Result<_, _>>().await.unwrap();
    let text = |value: Option<&AttributeValue>| value.and_then(|key| key.as_s().ok()).cloned();
    let key = |item: &HashMap<_, _>| {
        let keys = ["tenant", "pk", "sk"].into_iter().filter_map(|name| text(item.get(name)));
        keys.collect::<Vec<_>>().join(" ")
    };
    items.into_iter().map(|item| (key(&item), attributes(item))).collect()
}

/// Takes so many steps on an order that the card management system places, or not, by a script.
pub async fn advance(service: &Service, clock: &TestClock, id: &str, script: &str, steps: u32) {
    assert_eq!(service.post("/card-order", &scripted(id, script)).await.status, 200);
    let id = OrderId::parse(id).unwrap();
    for _ in 0..steps {
        // Each with a breaker of its own, since one would open before.
        let app = app_for(script, service, clock, 20);
        let order = app.store.work_order(&acme(), &id).await.unwrap().unwrap();
        worker(&app).advance(&order).await.unwrap();
        clock.advance(SignedDuration::from_mins(16));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_item_has_the_names_and_forms_of_the_first_release() {
    let (service, clock) = Service::start_with_clock().await;
    let mut large = order("LARGE");
    large["metaValues"] = (0..20).map(|n| (format!("k{n}"), Value::from("x".repeat(256)))).collect();
    assert_eq!(service.post("/card-order", &large).await.status, 200);
    assert_eq!(service.upload("kits.txt", &pgk("valid-3.txt")).await.status, 200);
    assert_eq!(service.post("/card-order/withFile", &order_with_file("FILE", "kits.txt")).await.status, 200);
    for key in ["t/ACME_BANK/kits.csv", "t/ACME_BANK/inbox/bad.txt"] {
        let put = service.s3().put_object().bucket(local::stack::BUCKET).key(key).body(ByteStream::from_static(b"x"));
        put.send().await.unwrap();
    }
    service.file_settled("/kits.csv", "INVALID").await;
    service.file_settled("bad.txt", "INVALID").await;
    advance(&service, &clock, "ACCEPTED", "accept", 1).await;
    advance(&service, &clock, "UNANSWERED", "void-only", 1).await;
    advance(&service, &clock, "HISTORY", "void-only", 17).await;
    advance(&service, &clock, "HELD", "never-answer", 24).await;
    let stored = items(&service, local::stack::TABLE).await;
    let first = |beginning: &str| stored.range(beginning.to_owned()..).next().unwrap();
    let mut kinds: BTreeMap<_, _> = [
        ("an order that was just placed, whose body is an item of its own", "T#ACME_BANK#O#LARGE #"),
        ("the body of an order", "T#ACME_BANK#O#LARGE B"),
        ("an order with a file", "T#ACME_BANK#O#FILE #"),
        ("an order that was acknowledged", "T#ACME_BANK#O#ACCEPTED #"),
        ("an order whose placement was not answered", "T#ACME_BANK#O#UNANSWERED #"),
        ("an order on hold", "T#ACME_BANK#O#HELD #"),
        ("a change that moved out of an order", "T#ACME_BANK#O#HISTORY H#"),
        ("a file that an order uses", "T#ACME_BANK#F#kits.txt"),
        ("a drop that was refused", "T#ACME_BANK#F#bad.txt"),
        ("a misplaced drop", "T#ACME_BANK#F#/"),
        ("a kit block", "T#ACME_BANK#K#"),
        ("the settings of a tenant", "T#ACME_BANK#CFG"),
    ]
    .into_iter()
    .map(|(kind, beginning)| {
        let (key, item) = first(beginning);
        assert!(key.starts_with(beginning), "{kind}: {key}");
        (kind, item)
    })
    .collect();
    let tenants = items(&service, local::stack::TENANTS_TABLE).await;
    kinds.insert("a row of the list of tenants", &tenants["ACME_BANK"]);
    insta::assert_json_snapshot!(kinds);
}
