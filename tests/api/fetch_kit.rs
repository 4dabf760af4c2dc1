//! `POST /card-order/fetchKit`

use lambda_http::Context;
use serde_json::{Value, json};

use crate::support::wire::Wire;
use crate::support::{Service, kits_marked, order_with_file, pgk, read};

const ROUTE: &str = "/card-order/fetchKit";

async fn kit(service: &Service, number: &str) -> Value {
    service.post(ROUTE, &json!({ "kitNo": number })).await.body["result"].clone()
}

#[tokio::test]
async fn a_kit_says_its_file_and_the_order_that_the_file_serves() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let free = json!({
        "kitNo": "4240161733", "fileName": "kits.txt", "fileStatus": "VALID",
        "cardOrderId": null, "branchId": null, "status": null,
    });
    assert_eq!(kit(&service, "4240161733").await, free);
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
    let ordered = json!({
        "kitNo": "4240161733", "fileName": "kits.txt", "fileStatus": "VALID",
        "cardOrderId": "ORD-1", "branchId": "12345", "status": "RECEIVED",
    });
    assert_eq!(kit(&service, "4240161733").await, ordered);
    assert!(service.cancel("ORD-1").await.is_ok());
    assert_eq!(kit(&service, "4240161733").await, free);
}

#[tokio::test]
async fn a_kit_that_no_file_has_is_not_found_and_neither_is_another_tenants() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &kits_marked("A")).await.is_ok());
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    assert_eq!(service.upload("refused.txt", &pgk("valid-3.txt")).await.code(), "ORD002");
    let missing = service.post_as("GLOBEX", ROUTE, &json!({ "kitNo": "NONE" })).await;
    assert_eq!((missing.status, missing.code()), (404, "ORD004"));
    assert_eq!(missing.body["exception"]["shortMessage"], "Kit not found");
    assert_eq!(service.post_as("GLOBEX", ROUTE, &json!({ "kitNo": "4240161733" })).await.text, missing.text);
    // Of the content that was replaced, a neighbour in the block, the block's own name, the same digits with one more.
    for number in ["A1733", "4240161735", "4240161", "04240161733"] {
        assert_eq!(service.post(ROUTE, &json!({ "kitNo": number })).await.text, missing.text, "{number}");
    }
    assert_eq!(kit(&service, "4240161733").await["fileName"], "kits.txt");
}

#[tokio::test]
async fn a_kit_number_is_judged_as_in_a_file() {
    let service = Service::start().await;
    let rule = "kitNo must be a string of 1 to 20 of A-Z and 0-9, at most 11 digits in a row";
    for (body, want) in [
        (json!({}), "kitNo is required"),
        (json!({ "kitNo": 7 }), rule),
        (json!({ "kitNo": "" }), rule),
        (json!({ "kitNo": "kit1" }), rule),
        (json!({ "kitNo": "A#1" }), rule),
        (json!({ "kitNo": "123456789012" }), rule),
        (json!({ "kitNo": "A123456789012" }), rule),
        (json!({ "kitNo": "ABCDEFGHIJKLMNOPQRSTU" }), rule),
        (json!({ "kitNo": "A4111111111111111" }), "kitNo must not contain a card number"),
        (json!({ "kitNo": "A1", "file": "x" }), "file is not a known field"),
    ] {
        let answer = service.post(ROUTE, &body).await;
        assert_eq!((answer.status, answer.code(), answer.faults()), (400, "ORD001", vec![want]), "{body}");
    }
}

#[tokio::test]
async fn three_reads_find_a_kit_and_its_order() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
    let wire = Wire::counting();
    let event = serde_json::from_str(&read("events/fetch-file-kit.json")).unwrap();
    let app = wire.app(&service.stack);
    let answer = app.answer(shared::api::Function::FetchFile, event, Context::default()).await;
    assert_eq!(answer.status_code, 200);
    // The first read is that of the tenant's settings, which are kept.
    let operations: Vec<String> = wire.seen().into_iter().skip(1).map(|seen| seen.operation).collect();
    assert_eq!(operations, ["GetItem", "GetItem", "GetItem"]);
}
