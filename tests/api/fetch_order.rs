//! `POST /card-order/fetchOrder` and `/card-order/caller`.

use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::domain::{OrderId, Step};

use crate::processing::{acme, app_for, live, scripted, worker};
use crate::support::wire::Wire;
use crate::support::{Service, order, order_with_file, pgk};

const ROUTE: &str = "/card-order/fetchOrder";

async fn fetch(service: &Service, id: &str) -> Value {
    let answer = service.post(ROUTE, &json!({ "cardOrderId": id })).await;
    assert_eq!((answer.status, &answer.body["pagination"]), (200, &Value::Null), "{}", answer.text);
    answer.body["result"].clone()
}

#[tokio::test]
async fn an_order_comes_back_whole_with_defaults_and_every_key() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    assert_eq!(
        fetch(&service, "ORD-1").await,
        json!({
            "orderId": "ORD-1",
            "branchInfo": { "branchId": "12345", "branchName": null, "branchCode": null },
            "address": null,
            "pinCode": null,
            "orderingPartyInfo": null,
            "metaValues": null,
            "processStartTime": null,
            "validity": 30,
            "products": [{ "productId": "01", "bin": "87654322", "quantity": 5, "plasticCode": null, "panLength": 16,
                           "pinGeneration": false, "cardType": "PHYSICAL", "embossType": "NON_PERSONALIZED",
                           "status": "RECEIVED" }],
            "status": "RECEIVED",
            "cardOrderName": service.fetch_status("ORD-1").await.body["result"]["cardOrderName"],
            "receivedAt": "2026-01-15T10:00:00.000Z",
            "validUntil": "2026-02-14T10:00:00.000Z",
            "scheduledAt": "2026-01-15T10:00:00.000Z",
            "file": null,
            "cmsOrderId": null,
            "attempts": 0,
            "nextActionAt": "2026-01-15T10:00:00.000Z",
            "hold": null,
            "approval": null,
            "explanation": "It is due and is sent to the card management system (CMS) within a minute or so. Until then it \
                            can be cancelled.",
        })
    );
}

#[tokio::test]
async fn everything_that_was_asked_for_comes_back_as_it_was_taken() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let mut body = order_with_file("ORD-1", "kits.txt");
    body["branchInfo"] = json!({ "branchId": "12345", "branchName": "Fort", "branchCode": "F01" });
    body["address"] = "12 Second Avenue~Anna Nagar~Chennai~IN".into();
    body["pinCode"] = "600 040".into();
    body["orderingPartyInfo"] =
        json!({ "orderingPartyId": "P-1", "orderingPartyType": "SUB_CORPORATE", "orderingPartyName": "Söhne & Co." });
    // As large as it gets, so that the body is an item of its own.
    body["metaValues"] = (0..20).map(|n| (format!("k{n}"), Value::from("x".repeat(200)))).collect();
    body["metaValues"]["k0"] = json!(1.5);
    body["metaValues"]["k1"] = json!(true);
    body["processStartTime"] = "2026-01-20 09:30:00".into();
    body["validity"] = 7.into();
    body["products"][0]["panLength"] = 16.into();
    body["products"][0]["pinGeneration"] = true.into();
    body["products"][0]["embossType"] = "PERSONALIZED".into();
    let placed = service.create_with_file(&body).await;
    assert!(placed.is_ok(), "{}", placed.text);
    let whole = fetch(&service, "ORD-1").await;
    for key in [
        "orderId",
        "branchInfo",
        "address",
        "pinCode",
        "orderingPartyInfo",
        "metaValues",
        "processStartTime",
        "validity",
    ] {
        assert_eq!(whole[key], body[key], "{key}");
    }
    for (line, asked) in whole["products"].as_array().unwrap().iter().zip(body["products"].as_array().unwrap()) {
        assert!(asked.as_object().unwrap().iter().all(|(key, value)| line[key] == *value), "{line}");
    }
    let file = &whole["file"];
    assert_eq!(file["fileName"], "kits.txt");
    assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(whole["validUntil"], "2026-01-22T10:00:00.000Z");
    assert_eq!(
        (&whole["scheduledAt"], &whole["nextActionAt"]),
        (&json!("2026-01-20T09:30:00.000Z"), &whole["scheduledAt"])
    );
    assert_eq!(whole["explanation"], "It starts at 2026-01-20 09:30:00 (UTC). Until then it can be cancelled.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_at_the_card_management_system_is_shown() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("SENT", "reject-line-2")).await.is_ok());
    assert!(service.process("SENT").await.is_ok());
    let sent = fetch(&service, "SENT").await;
    assert_eq!((&sent["attempts"], &sent["status"]), (&json!(1), &json!("PENDING")));
    assert!(sent["cmsOrderId"].is_string(), "{sent}");
    let app = app_for("reject-line-2", &service, &clock, 10);
    assert_eq!(live(&app, &clock, "SENT").await.1, Step::Ended);
    let failed = fetch(&service, "SENT").await;
    let lines: Vec<&str> =
        failed["products"].as_array().unwrap().iter().map(|line| line["status"].as_str().unwrap()).collect();
    assert_eq!((lines, &failed["nextActionAt"]), (vec!["SUCCESS", "FAILED"], &Value::Null));
    assert_eq!(
        failed["explanation"],
        "The card management system (CMS) has refused, failed or voided line 2, and has confirmed the others. Place a new \
         order for the missing cards."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_says_since_when_and_why_and_a_fact_lifts_it() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("HELD", "never-answer")).await.is_ok());
    for _ in 0..6 {
        let app = app_for("never-answer", &service, &clock, 2);
        let order = app.store.work_order(&acme(), &OrderId::parse("HELD").unwrap()).await.unwrap().unwrap();
        worker(&app).advance(&order).await.unwrap();
        clock.advance(SignedDuration::from_mins(16));
    }
    let held = fetch(&service, "HELD").await;
    let reason = "it was not answered, and voiding it was not answered either";
    assert_eq!(held["hold"], json!({ "since": "2026-01-15T11:20:00.000Z", "reason": reason }));
    assert_eq!((&held["status"], &held["nextActionAt"]), (&json!("PENDING"), &Value::Null));
    let history = service.fetch_history("HELD").await;
    let last = history.body["result"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["from"], &last["to"]), (&json!("PENDING"), &json!("PENDING")));
    assert_eq!(last["note"], format!("on hold: {reason}"));
    let listed = service.post("/card-order/list", &json!({ "status": "PENDING" })).await;
    assert_eq!(
        (listed.body["result"][0]["cardOrderId"].as_str(), &listed.body["result"][0]["onHold"]),
        (Some("HELD"), &json!(true))
    );
    // Its staff voids it.
    let void = format!("http://{}/simulator/void/ACME_BANK:HELD", service.stack.cms);
    assert!(reqwest::Client::new().post(void).send().await.unwrap().status().is_success());
    let app = app_for("accept", &service, &clock, 2);
    worker(&app).sweep_pending().await.unwrap();
    let ended = fetch(&service, "HELD").await;
    assert_eq!((&ended["status"], &ended["hold"]), (&json!("FAILED"), &Value::Null));
}

#[tokio::test]
async fn an_unknown_order_and_another_tenants_are_not_found() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let none = service.post_as("GLOBEX", ROUTE, &json!({ "cardOrderId": "ORD-9" })).await;
    let theirs = service.post_as("GLOBEX", ROUTE, &json!({ "cardOrderId": "ORD-1" })).await;
    assert_eq!((none.status, none.code()), (404, "ORD004"));
    assert_eq!(theirs.body, none.body);
    assert_eq!(service.post(ROUTE, &json!({})).await.faults(), ["cardOrderId is required"]);
}

#[tokio::test]
async fn a_caller_learns_who_the_credential_stands_for() {
    let service = Service::start().await;
    service.approval_above(500).await;
    let caller = async |headers: &[(&str, &str)]| service.post_with("/card-order/caller", headers, &json!({})).await;
    let known = caller(&[("tenant", "ACME_BANK"), ("x-user", "maker@bank")]).await;
    assert_eq!(
        known.body["result"],
        json!({ "tenant": "ACME_BANK", "displayName": "ACME Bank", "timeZone": "UTC", "principal": "maker@bank",
                "scopes": ["orders", "read", "operations", "approvals"], "approvalAbove": 500 })
    );
    let unknown = caller(&[("tenant", "GLOBEX")]).await;
    assert_eq!(
        (&unknown.body["result"]["principal"], &unknown.body["result"]["approvalAbove"]),
        (&Value::Null, &Value::Null)
    );
    let faulty = service.post("/card-order/caller", &json!({ "tenant": "GLOBEX" })).await;
    assert_eq!(faulty.faults(), ["tenant is not a known field"]);
    // By an authorizer, with less.
    let event = json!({
        "httpMethod": "POST",
        "resource": "/card-order/caller",
        "multiValueHeaders": { "tenant": ["ACME_BANK"] },
        "requestContext": { "authorizer": { "tenantId": "ACME_BANK", "principalId": "app", "scopes": "read approvals" } },
    });
    let app = Wire::counting().app_for_authorized(&service.stack);
    let event = serde_json::from_value(event).unwrap();
    let answer = app.answer(shared::api::Function::FetchOrder, event, lambda_http::Context::default()).await;
    let Some(lambda_http::Body::Text(text)) = answer.body else { panic!("no text") };
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&body["result"]["principal"], &body["result"]["scopes"]),
        (&json!("app"), &json!(["read", "approvals"]))
    );
}
