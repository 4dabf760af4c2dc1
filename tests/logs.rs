//! What the functions log: enough to find a request, and nothing of what was sent.

use serde_json::{Value, json};

use crate::support::runtime_api::Function;
use crate::support::{Service, order};

const SECRETS: [&str; 5] = ["Secret Street", "600040", "Jane Doe", "4111111111111111", "confidential"];

/// A function that logs all that it can.
async fn start(service: &Service, binary: &str) -> Function {
    let (dynamodb, s3) = (format!("http://{}", service.stack.dynamodb), format!("http://{}", service.stack.s3));
    let variables = [
        ("TABLE_NAME", local::stack::TABLE),
        ("BUCKET_NAME", local::stack::BUCKET),
        ("TENANT_MODE", "header"),
        ("QUEUE_URL", "http://127.0.0.1:9/queue"),
        ("LOG_LEVEL", "TRACE"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", local::stack::CREDENTIAL),
        ("AWS_SECRET_ACCESS_KEY", local::stack::CREDENTIAL),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.as_str()),
        ("AWS_ENDPOINT_URL_S3", s3.as_str()),
    ];
    Function::start(binary, &variables).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_level_logs_a_body_a_name_an_address_or_a_card_number() {
    let service = Service::start().await;
    let mut function = start(&service, env!("CARGO_BIN_EXE_bootstrap-create-order")).await;
    let mut full = order("ORD-1");
    full["address"] = "1 Secret Street".into();
    full["pinCode"] = "600040".into();
    full["orderingPartyInfo"] = json!({ "orderingPartyId": "C-1", "orderingPartyName": "Jane Doe" });
    full["metaValues"] = json!({ "note": "confidential" });
    let mut refused = full.clone();
    refused["metaValues"]["pan"] = "4111111111111111".into();
    for (body, want) in [(full.clone(), 200), (refused, 400), (full, 200)] {
        let event = json!({
            "httpMethod": "POST",
            "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": ["application/json"] },
            "requestContext": { "requestId": "req-4711" },
            "body": body.to_string(),
        });
        assert_eq!(function.invoke(&event.to_string()).await["statusCode"], want);
    }
    let log = function.killed().await;
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let received = lines.iter().find(|line| line["message"] == "CardOrderStatusChanged").unwrap();
    assert_eq!(received["order.id"], "ORD-1");
    assert_eq!((&received["from"], &received["to"]), (&json!("NONE"), &json!("RECEIVED")));
    assert_eq!(received["span"]["request.id"], "req-4711");
    assert_eq!(received["span"]["tenant"], "ACME_BANK");
    let answered = lines.iter().find(|line| line["message"] == "answered").unwrap();
    assert_eq!(answered["span"]["order.id"], "ORD-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_that_is_not_taken_is_a_warning_that_the_alarm_counts_and_that_names_no_key() {
    let service = Service::start().await;
    let mut function = start(&service, env!("CARGO_BIN_EXE_bootstrap-ingest-file")).await;
    for key in
        ["t/ACME_BANK/inbox/Jane Doe.txt", "t/ACME_BANK/inbox/4111111111111111.txt", "t/NOBODY/inbox/Jane Doe.txt"]
    {
        let message = crate::ingest_file::event(&key.replace(' ', "+"), "v", 1);
        let event = json!({ "Records": [{ "messageId": "1", "body": message }] });
        assert_eq!(function.invoke(&event.to_string()).await["batchItemFailures"], json!([]));
    }
    let log = function.killed().await;
    assert!(SECRETS.iter().all(|secret| !log.contains(secret)));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let warnings: Vec<_> = lines.iter().filter(|line| line["level"] == "WARN").collect();
    assert!(warnings.len() == 3 && warnings.iter().all(|line| line["message"] == "drop not taken"), "{warnings:?}");
    assert!(crate::support::read("template.yaml").contains(r#"'{ $.message = "drop not taken" }'"#));
}
