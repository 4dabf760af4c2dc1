//! An order that is sent again: the first answer, whatever has changed since.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use lambda_http::{Body, Context};
use serde_json::{Value, json};
use shared::api::Function;

use super::ROUTE;
use crate::support::wire::Wire;
use crate::support::{Service, order};

#[tokio::test]
async fn an_order_is_replayed_after_its_start_has_passed() {
    let (service, clock) = Service::start_with_clock().await;
    let mut body = order("ORD-1");
    body["processStartTime"] = "2026-01-16 10:00:00".into();
    assert!(service.create(&body).await.is_ok());
    clock.advance(SignedDuration::from_hours(24 * 60));
    let dry = [("tenant", "ACME_BANK"), ("dry-run", "true")];
    for replay in [service.create(&body).await, service.post_with(ROUTE, &dry, &body).await] {
        assert_eq!((replay.status, replay.header("idempotent-replayed")), (200, Some("true")), "{}", replay.text);
    }
    body["products"][0]["quantity"] = 6.into();
    let other = service.create(&body).await;
    assert_eq!((other.status, other.code()), (409, "ORD005"));
    body["orderId"] = "ORD-2".into();
    let fresh = service.create(&body).await;
    assert_eq!(fresh.faults(), ["processStartTime must not be more than 24 hours in the past"]);
}

#[tokio::test]
async fn the_same_order_again_is_the_first_answer_whatever_has_become_of_it() {
    let service = Service::start().await;
    let first = service.create(order("ORD-1")).await;
    // `null`, a default and its absence, and the order of keys, are the same content.
    let mut again = order("ORD-1");
    again["address"] = Value::Null;
    again["validity"] = 30.into();
    again["products"][0]["panLength"] = 16.into();
    let replay = service.create(&again).await;
    assert_eq!((replay.status, &replay.body), (200, &first.body));
    assert_eq!(replay.header("idempotent-replayed"), Some("true"));
    assert_eq!(replay.header("order-id"), Some("ORD-1"));
    assert!(service.cancel("ORD-1").await.is_ok());
    assert_eq!(service.create(order("ORD-1")).await.header("idempotent-replayed"), Some("true"));
    assert_eq!(service.status("ORD-1").await, "CANCELLED");
    again["products"][0]["quantity"] = 6.into();
    let other = service.create(&again).await;
    assert_eq!((other.status, other.code()), (409, "ORD005"));
    // Another tenant has ids of its own.
    let other_tenant = service.post_as("GLOBEX", ROUTE, &again).await;
    assert_eq!((other_tenant.status, other_tenant.header("idempotent-replayed")), (200, None));
}

#[tokio::test]
async fn an_order_without_an_id_gets_one() {
    let service = Service::start().await;
    let mut body = order("x");
    body.as_object_mut().unwrap().remove("orderId");
    let ids = [service.create(&body).await, service.create(&body).await]
        .map(|answer| answer.header("order-id").unwrap().to_owned());
    assert_ne!(ids[0], ids[1]);
    assert_eq!(service.status(&ids[0]).await, "RECEIVED");

    let key = [("tenant", "ACME_BANK"), ("idempotency-key", "retry 7")];
    let first = service.post_with(ROUTE, &key, &body).await;
    let second = service.post_with(ROUTE, &key, &body).await;
    assert_eq!(first.header("order-id"), second.header("order-id"));
    assert_eq!((first.header("idempotent-replayed"), second.header("idempotent-replayed")), (None, Some("true")));
    body["validity"] = 7.into();
    assert_eq!(service.post_with(ROUTE, &key, &body).await.code(), "ORD005");
    let bad = service
        .post_with(ROUTE, &[("tenant", "ACME_BANK"), ("idempotency-key", "a"), ("idempotency-key", "b")], &body)
        .await;
    assert_eq!(
        bad.faults(),
        ["header Idempotency-Key must be given once and must be 1 to 255 printable ASCII characters"]
    );
}

#[tokio::test]
async fn an_order_is_replayed_although_the_settings_refuse_it_now() {
    let service = Service::start().await;
    let body = order("ORD-1");
    assert!(service.create(&body).await.is_ok());
    let client = service.dynamodb();
    let text = |value: &str| AttributeValue::S(value.to_owned());
    client
        .put_item()
        .table_name(local::stack::TABLE)
        .item("pk", text("T#ACME_BANK#CFG"))
        .item("sk", text("#"))
        .item("displayName", text("ACME Bank"))
        .item("quantityMax", AttributeValue::N("3".to_owned()))
        .item(
            "products",
            AttributeValue::L(vec![AttributeValue::M(
                [("productId".to_owned(), text("01")), ("bin".to_owned(), text("608040"))].into(),
            )]),
        )
        .send()
        .await
        .unwrap();
    // A sandbox of its own has not read the settings yet.
    let app = Wire::counting().app(&service.stack);
    for (id, want) in [("ORD-1", 200), ("ORD-2", 400)] {
        let event = json!({
            "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": ["application/json"] },
            "body": order(id).to_string(),
        });
        let event = serde_json::from_value(event).unwrap();
        let answer = app.answer(Function::CreateOrder, event, Context::default()).await;
        assert_eq!(answer.status_code, want, "{id}");
        if want == 400 {
            let Some(Body::Text(text)) = answer.body else { panic!("no text") };
            let body: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                body["exception"]["fieldError"],
                json!([
                    "products[0].bin is not configured for this tenant",
                    "products[0].quantity must be an integer from 1 to 3"
                ])
            );
        }
    }
}
