//! The local gateway asks `authorize`, as API Gateway does.

use local::stack::AccessMode;
use serde_json::json;
use shared::domain::ApiKey;

use super::{credentials, issue};
use crate::support::{Answer, Options, Service, cancel, now, options, order};

async fn start() -> Service {
    Service::start_with(Options { access_mode: AccessMode::Authorizer, ..options() }).await
}

async fn create(service: &Service, tenant: &str, credential: &[&str], id: &str) -> Answer {
    let mut headers = vec![("tenant", tenant)];
    headers.extend(credential.iter().map(|value| ("authorization", *value)));
    service.post_with("/card-order", &headers, &order(id)).await
}

#[tokio::test]
async fn a_call_needs_a_key_of_its_tenant_with_the_scope() {
    let service = start().await;
    let key = issue(&service, "ACME_BANK", "maker", "orders").await;
    let placed = create(&service, "ACME_BANK", &[&format!("Bearer {key}")], "ORD-1").await;
    assert!(placed.is_ok(), "{}", placed.text);
    let stranger = ApiKey::generate().unwrap().expose();
    for (tenant, credential) in [
        ("ACME_BANK", vec![]),
        ("ACME_BANK", vec!["Bearer x"]),
        ("ACME_BANK", vec![stranger.as_str()]),
        ("ACME_BANK", vec![key.as_str(), key.as_str()]),
        ("GLOBEX", vec![key.as_str()]),
        ("NOBODY", vec![key.as_str()]),
    ] {
        let answer = create(&service, tenant, &credential, "ORD-2").await;
        assert_eq!((answer.status, answer.code()), (401, "request.unauthorized"), "{tenant} {}", credential.len());
    }
    let headers = [("tenant", "ACME_BANK"), ("authorization", key.as_str())];
    let read = service.post_with("/card-order/history", &headers, &json!({ "cardOrderId": "ORD-1" })).await;
    assert_eq!((read.status, read.code()), (403, "request.forbidden"));
    assert!(service.post_with("/card-order/cancel", &headers, &cancel("ORD-1")).await.is_ok());
    let reader = issue(&service, "ACME_BANK", "reader", "read").await;
    let headers = [("tenant", "ACME_BANK"), ("authorization", reader.as_str()), ("x-user", "somebody-else")];
    let history = service.post_with("/card-order/history", &headers, &json!({ "cardOrderId": "ORD-1" })).await;
    assert_eq!(
        (&history.body["result"][0]["by"], &history.body["result"][1]["by"]),
        (&json!("maker"), &json!("maker"))
    );
}

#[tokio::test]
async fn answers_are_kept_for_a_credential_and_not_for_another() {
    let service = start().await;
    let key = issue(&service, "ACME_BANK", "maker", "orders").await;
    assert!(create(&service, "ACME_BANK", &[&key], "ORD-1").await.is_ok());
    credentials(&service).revoke(&ApiKey::parse(&key).unwrap().id, now()).await.unwrap();
    // Within the minute, as with API Gateway.
    assert!(create(&service, "ACME_BANK", &[&key], "ORD-2").await.is_ok());
    // The same key written in another way is another value of the header.
    let answer = create(&service, "ACME_BANK", &[&format!("Bearer {key}")], "ORD-3").await;
    assert_eq!((answer.status, answer.code()), (401, "request.unauthorized"));
}

#[tokio::test]
async fn an_authorizer_that_fails_is_503() {
    let service = start().await;
    let key = issue(&service, "ACME_BANK", "maker", "orders").await;
    service.dynamodb().delete_table().table_name(local::stack::KEYS_TABLE).send().await.unwrap();
    let answer = create(&service, "ACME_BANK", &[&key], "ORD-1").await;
    assert_eq!((answer.status, answer.code()), (503, "service.unavailable"));
    assert_eq!(answer.header("retry-after"), Some("2"));
}
