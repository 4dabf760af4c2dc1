//! The history of an order, and the events from the table's stream.

use serde_json::{Value, json};
use shared::domain::OrderId;

use super::{acme, app_for, app_over, live, scripted, worker};
use crate::support::wire::Wire;
use crate::support::{Service, order, read};

async fn history(service: &Service, id: &str) -> Vec<Value> {
    let answer = service.fetch_history(id).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["result"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_history_that_outgrows_the_item_is_still_whole_and_in_order() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("ORD-1", "void-only")).await.is_ok());
    let id = OrderId::parse("ORD-1").unwrap();
    for _ in 0..21 {
        // Each with a breaker of its own, since one would open before.
        let app = app_for("void-only", &service, &clock, 20);
        let order = app.store.work_order(&acme(), &id).await.unwrap().unwrap();
        worker(&app).advance(&order).await.unwrap();
        clock.advance(super::A_WHILE);
    }
    let changes = history(&service, "ORD-1").await;
    // Received, sent 20 times, claimed for voiding, and voided.
    assert_eq!(changes.len(), 23);
    assert_eq!((&changes[22]["from"], &changes[22]["to"]), (&json!("PENDING"), &json!("FAILED")));
    assert_eq!((&changes[0]["from"], &changes[0]["to"]), (&Value::Null, &json!("RECEIVED")));
    assert_eq!((&changes[1]["from"], &changes[1]["to"]), (&json!("RECEIVED"), &json!("PENDING")));
    for change in &changes[2..22] {
        assert_eq!((&change["from"], &change["to"]), (&json!("PENDING"), &json!("PENDING")));
        assert_eq!((&change["actor"], &change["requestId"]), (&json!("test"), &json!("request-of-the-test")));
        assert_eq!(change["by"], Value::Null);
    }
    let notes: Vec<_> = changes.iter().map(|change| change["note"].as_str()).collect();
    assert_eq!(notes[..3], [None, None, Some("sent again")]);
    assert_eq!(notes[20..], [Some("sent again"), Some("void requested"), None]);
    let at: Vec<&str> = changes.iter().map(|change| change["at"].as_str().unwrap()).collect();
    assert!(at.is_sorted(), "{at:?}");
    assert_eq!(at[0], "2026-01-15T10:00:00.000Z");
}

#[tokio::test]
async fn the_history_of_another_tenant_is_that_of_no_order() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let theirs = service.post_as("GLOBEX", "/card-order/history", &json!({ "cardOrderId": "ORD-1" })).await;
    let none = service.post_as("GLOBEX", "/card-order/history", &json!({ "cardOrderId": "ORD-9" })).await;
    assert_eq!((theirs.status, theirs.code()), (404, "ORD004"));
    assert_eq!(theirs.body, none.body);
}

/// The order's item as the table's stream would show it.
async fn image(service: &Service, id: &str) -> serde_json::Map<String, Value> {
    let item = service
        .dynamodb()
        .get_item()
        .table_name(local::stack::TABLE)
        .key("pk", aws_sdk_dynamodb::types::AttributeValue::S(format!("T#ACME_BANK#O#{id}")))
        .key("sk", aws_sdk_dynamodb::types::AttributeValue::S("#".to_owned()))
        .send()
        .await
        .unwrap();
    let plain = |(name, value): (String, _)| (name, plain(value));
    item.item.unwrap().into_iter().map(plain).collect()
}

/// Text and maps of text; other types do not matter here.
fn plain(value: aws_sdk_dynamodb::types::AttributeValue) -> Value {
    match value {
        aws_sdk_dynamodb::types::AttributeValue::S(text) => json!({ "S": text }),
        aws_sdk_dynamodb::types::AttributeValue::M(map) => {
            json!({ "M": map.into_iter().map(|(name, value)| (name, plain(value))).collect::<serde_json::Map<_, _>>() })
        }
        _ => Value::Null,
    }
}

#[tokio::test]
async fn every_write_that_changes_a_status_and_no_other_leaves_the_table_as_an_event() {
    let (service, clock) = Service::start_with_clock().await;
    for script in ["accept", "flap", "drop-before", "reject-line-2", "reject", "void-only"] {
        let wire = Wire::counting();
        let app = app_over(&wire, script, &service, &clock, 2);
        assert!(service.create(scripted(script, script)).await.is_ok());
        live(&app, &clock, script).await;
        let updates: Vec<String> = wire
            .sent()
            .iter()
            .filter(|sent| sent["Key"]["pk"]["S"].as_str().is_some_and(|key| key.contains("#O#")))
            .filter_map(|sent| sent["UpdateExpression"].as_str().map(str::to_owned))
            .collect();
        assert!(updates.iter().any(|update| update.contains("#st = ")), "{script}");
        for update in updates {
            let (changes, tells) = (update.contains("#st = "), update.contains("#change = "));
            assert_eq!(changes, tells, "{script}: {update}");
            let takes_back = update
                .split(" REMOVE ")
                .nth(1)
                .is_some_and(|removed| removed.split(", ").any(|name| name == "#change"));
            assert!(tells || takes_back, "{script}: {update}");
        }
    }
    let before = image(&service, "accept").await;
    assert_eq!(
        (&before["change"]["M"]["from"]["S"], &before["change"]["M"]["to"]["S"]),
        (&json!("PENDING"), &json!("SUCCESS"))
    );
}

#[tokio::test]
async fn the_template_makes_the_event_of_attributes_that_are_there() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let image = json!({ "dynamodb": { "NewImage": image(&service, "ORD-1").await }, "eventID": "e-1" });
    let template = read("template.yaml");
    let pipe = &template[template.find("AWS::Pipes::Pipe").unwrap()..];
    let paths: Vec<&str> = pipe.split("<$.").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    assert_eq!(paths.len(), 9);
    for path in paths {
        let pointer = format!("/{}", path.replace('.', "/"));
        assert!(image.pointer(&pointer).is_some_and(Value::is_string), "{path}");
    }
}
