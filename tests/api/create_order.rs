//! `POST /card-order`

mod replay;

use serde_json::{Value, json};

use crate::support::{Service, order};

const ROUTE: &str = "/card-order";

#[tokio::test]
async fn a_full_order_is_received() {
    let service = Service::start().await;
    let answer = service
        .post(
            ROUTE,
            &json!({
                "orderId": "ORD-1",
                "branchInfo": { "branchId": "12345", "branchName": "Anna Nagar", "branchCode": "ACME0012345" },
                "address": "12 Second Avenue~Anna Nagar~~Chennai",
                "pinCode": "600040",
                "orderingPartyInfo": { "orderingPartyId": "C-1", "orderingPartyType": "SUB_CORPORATE", "orderingPartyName": "Été" },
                "metaValues": { "note": "rush", "count": 1.5, "is-new": true, "nothing": null },
                "processStartTime": "2026-01-20 09:00:00",
                "validity": 30,
                "products": [
                    { "productId": "01", "bin": "87654322", "quantity": 5, "plasticCode": "71", "panLength": 19,
                      "pinGeneration": true, "cardType": "VIRTUAL", "embossType": "PERSONALIZED" },
                    { "productId": "01", "bin": "87654322", "quantity": 5, "plasticCode": "72" },
                ],
            }),
        )
        .await;
    assert_eq!(
        (answer.status, answer.body),
        (200, json!({ "result": "success", "exception": null, "pagination": null }))
    );
    assert_eq!(answer.headers["order-id"], "ORD-1");
    assert_eq!(answer.headers["content-type"], "application/json");
    assert!(answer.headers.contains_key("x-request-id"));
    assert!(!answer.headers.contains_key("idempotent-replayed"));
    assert_eq!(service.status("ORD-1").await, "RECEIVED");
}

#[tokio::test]
async fn an_order_too_large_for_one_item_is_received_and_read() {
    let service = Service::start().await;
    let metas: serde_json::Map<String, Value> = (0..20).map(|n| (format!("key-{n}"), "x".repeat(256).into())).collect();
    let lines: Vec<Value> = (0..20)
        .map(|n| {
            json!({
                "productId": format!("{}{n:02}", "P".repeat(30)), "bin": "87654322", "quantity": 50_000,
                "plasticCode": "ABCDEFGHIJ", "pinGeneration": true, "cardType": "VIRTUAL", "embossType": "PERSONALIZED",
            })
        })
        .collect();
    let mut body = order("LARGE");
    body["metaValues"] = metas.into();
    body["products"] = lines.into();
    let answer = service.create(&body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(service.create(&body).await.header("idempotent-replayed"), Some("true"));
    let status = service.fetch_status("LARGE").await;
    assert_eq!(status.body["result"]["productDetails"].as_array().map(Vec::len), Some(20));
    body["metaValues"]["key-0"] = "y".into();
    assert_eq!(service.create(&body).await.code(), "ORD005");
}

#[tokio::test]
async fn every_fault_is_named_at_once_in_the_order_of_the_fields() {
    let service = Service::start().await;
    let answer = service
        .post(
            ROUTE,
            &json!({
                "zzz": 1,
                "products": [
                    { "bin": "0608040", "quantity": 0, "plasticCode": "7 1", "panLength": 15, "pinGeneration": "yes",
                      "cardType": "physical", "embossType": 7, "qty": 5, "productId": null },
                    "line",
                    { "productId": "01", "bin": 608_040, "quantity": 100_001 },
                ],
                "validity": 366,
                "processStartTime": "2026-02-30 00:00:00",
                "metaValues": { "a b": 1, "list": [] },
                "orderingPartyInfo": { "orderingPartyType": "KING" },
                "pinCode": "12",
                "address": "~",
                "branchInfo": { "branchName": "", "branchCode": "A-1", "fax": "1" },
                "orderId": "-1",
            }),
        )
        .await;
    assert_eq!((answer.status, answer.code()), (400, "ORD001"));
    insta::assert_json_snapshot!(answer.faults());
}

#[tokio::test]
async fn each_rule_between_fields_is_judged() {
    let service = Service::start().await;
    let line = |quantity: u32| json!({ "productId": "01", "bin": "87654322", "quantity": quantity });
    let with = |field: &str, value: Value| {
        let mut body = order("ORD-1");
        body[field] = value;
        body
    };
    let many: Vec<Value> =
        (0..21).map(|n| json!({ "productId": format!("P{n}"), "bin": "87654322", "quantity": 1 })).collect();
    let large: Vec<Value> =
        (0..11).map(|n| json!({ "productId": format!("P{n}"), "bin": "87654322", "quantity": 100_000 })).collect();
    for (body, want) in [
        (
            with("products", json!([line(1), line(2)])),
            "products[1] must be unique by productId, bin, plasticCode and panLength",
        ),
        (with("products", many.into()), "products must be an array of 1 to 20 lines"),
        (with("products", json!({})), "products must be an array of 1 to 20 lines"),
        (with("products", json!([])), "At least one product is required"),
        (with("products", json!(null)), "At least one product is required"),
        (with("products", large.into()), "products must hold at most 1000000 cards in total"),
        (with("processStartTime", json!("2027-01-16 00:00:00")), "processStartTime must be at most 365 days ahead"),
        (with("processStartTime", json!("2026-02-14 10:00:00")), "processStartTime must be before the end of validity"),
        (with("branchInfo", json!("12345")), "branchInfo must be an object"),
        (with("fileName", json!("kits.txt")), "fileName is not a known field"),
        (with("address", json!("4111 1111 1111 1111")), "address must not contain a card number"),
        (with("address", json!("41111111~11111111")), "address must not contain a card number"),
        (with("orderId", json!("8765432200000001")), "orderId must not contain a card number"),
        (
            with("metaValues", json!({ "note": "4111-1111-1111-1111" })),
            "metaValues.note must not contain a card number",
        ),
    ] {
        let answer = service.create(&body).await;
        assert_eq!((answer.status, answer.code(), answer.faults()), (400, "ORD001", vec![want]), "{body}");
    }
    assert_eq!(service.fetch_status("ORD-1").await.code(), "ORD004");
    for (id, start) in [("ORD-1", "2026-02-14 09:59:59"), ("ORD-2", "2026-01-14 10:00:00")] {
        let mut body = with("processStartTime", json!(start));
        body["orderId"] = id.into();
        let answer = service.create(&body).await;
        assert_eq!(answer.status, 200, "{start}: {}", answer.text);
    }
    for start in ["2026-01-14 09:59:59", "2025-01-15 10:00:00", "0000-01-01 00:00:00"] {
        let mut body = with("processStartTime", json!(start));
        body["orderId"] = "ORD-3".into();
        let answer = service.create(&body).await;
        let want = "processStartTime must not be more than 24 hours in the past";
        assert_eq!((answer.code(), answer.faults()), ("ORD001", vec![want]), "{start}");
    }
}

#[tokio::test]
async fn a_dry_run_answers_the_same_and_stores_nothing() {
    let service = Service::start().await;
    let dry = [("tenant", "ACME_BANK"), ("dry-run", "true")];
    let rehearsal = service.post_with(ROUTE, &dry, &order("ORD-1")).await;
    assert_eq!(
        (rehearsal.status, rehearsal.header("dry-run"), rehearsal.header("order-id")),
        (200, Some("true"), Some("ORD-1"))
    );
    assert_eq!(service.fetch_status("ORD-1").await.code(), "ORD004");
    assert_eq!(service.post_with(ROUTE, &dry, &json!({})).await.code(), "ORD001");

    let real = service.create(order("ORD-1")).await;
    assert_eq!((real.header("idempotent-replayed"), real.header("dry-run"), &real.body), (None, None, &rehearsal.body));
    assert_eq!(service.post_with(ROUTE, &dry, &order("ORD-1")).await.header("idempotent-replayed"), Some("true"));
    let mut other = order("ORD-1");
    other["validity"] = 7.into();
    assert_eq!(service.post_with(ROUTE, &dry, &other).await.code(), "ORD005");
    for value in ["yes", "TRUE", ""] {
        let answer = service.post_with(ROUTE, &[("tenant", "ACME_BANK"), ("dry-run", value)], &order("ORD-2")).await;
        assert_eq!(answer.faults(), ["header dry-run must be given once and be true or false"], "{value:?}");
    }
}

#[tokio::test]
async fn what_only_looks_like_a_card_number_is_taken() {
    let service = Service::start().await;
    for id in ["1763369939394", "50100234567890", "490154203237518", "x01a69bc2-e278-7703-8396-05ec7b74ba05"] {
        let mut body = order(id);
        body["address"] = "12 High Street~Chennai 600001 9840012345~IBAN XK84 4111 1111 1111 1111".into();
        body["metaValues"] = json!({ "time": 1_763_369_939_394_u64, "share": 0.333_333_333_333_333_3 });
        let answer = service.create(&body).await;
        assert_eq!(answer.status, 200, "{id}: {}", answer.text);
    }
}

#[tokio::test]
async fn every_id_that_we_make_can_be_read_and_cancelled() {
    let service = Service::start().await;
    let mut body = order("x");
    body.as_object_mut().unwrap().remove("orderId");
    // The digits of this key's id would pass for a card number.
    let key = [("tenant", "ACME_BANK"), ("idempotency-key", "k179")];
    let id = service.post_with(ROUTE, &key, &body).await.header("order-id").unwrap().to_owned();
    assert_eq!(id, "a47ebac6-3394-5385-8880-886bf876950c");
    assert_eq!(service.status(&id).await, "RECEIVED");
    assert!(service.cancel(&id).await.is_ok());
}
