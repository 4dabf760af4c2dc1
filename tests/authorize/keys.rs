//! Keys.

use authorize::Authorizer;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::ApiKey;

use super::{STAGE, ask, context, credentials, event_with, example, issue, key_of, store};
use crate::support::{Service, now};

fn authorizer(service: &Service) -> Authorizer {
    Authorizer::new(credentials(service), None, Clock::new(now))
}

#[tokio::test]
async fn the_example_events_are_allowed_and_denied() {
    let service = Service::start().await;
    let authorizer = authorizer(&service);
    store(&service, &key_of(&example("authorize")), "ACME_BANK", "branch-app", "read orders").await;
    let allowed = ask(&authorizer, &example("authorize")).await.unwrap();
    let statement = |effect: &str| json!([{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": STAGE }]);
    let want = json!({
        "principalId": "branch-app",
        "policyDocument": { "Version": "2012-10-17", "Statement": statement("Allow") },
        "context": { "tenantId": "ACME_BANK", "principalId": "branch-app", "scopes": "orders read" },
    });
    assert_eq!(allowed, want);
    let want = json!({
        "principalId": "unknown",
        "policyDocument": { "Version": "2012-10-17", "Statement": statement("Deny") },
    });
    for name in [
        "authorize-denied",
        "authorize-unknown-key",
        // Without an issuer, no token is good.
        "authorize-token",
        "authorize-token-expired",
        "authorize-token-foreign",
    ] {
        assert_eq!(ask(&authorizer, &example(name)).await.unwrap(), want, "{name}");
    }
}

#[tokio::test]
async fn no_broken_key_is_taken() {
    let service = Service::start().await;
    let authorizer = authorizer(&service);
    let key = issue(&service, "ACME_BANK", "maker", "orders").await;
    let allowed = json!({ "tenantId": "ACME_BANK", "principalId": "maker", "scopes": "orders" });
    for good in [format!("Bearer {key}"), format!("bearer  {key} "), key.clone()] {
        assert_eq!(context(&authorizer, &good).await.unwrap(), allowed);
    }
    let parsed = ApiKey::parse(&key).unwrap();
    let (id, secret) = (parsed.id.as_str(), key.split('_').nth(2).unwrap());
    let other_case: String = key
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let long = format!("{key}{}", "0".repeat(16 * 1024));
    for bad in [
        String::new(),
        " ".to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {key}"),
        format!("Bearer Bearer {key}"),
        format!("Bearer {key},{key}"),
        key[..key.len() - 1].to_owned(),
        key[1..].to_owned(),
        other_case,
        key.replace("co_", "CO_"),
        format!("co_{id}_{secret}_000000"),
        format!("co_{id}_{secret}"),
        // The checksum is right, the key unknown.
        ApiKey::generate().unwrap().expose(),
        long,
        "\u{0}".to_owned(),
        "é".repeat(40),
    ] {
        assert_eq!(context(&authorizer, &bad).await.unwrap(), Value::Null, "{bad:.80}");
    }
    let key = key.as_str();
    for doubled in [vec![key, key], vec![key, "x"], vec!["x", key]] {
        let answer = ask(&authorizer, &event_with(&doubled)).await.unwrap();
        assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Deny");
    }
}

#[tokio::test]
async fn another_secret_with_the_right_id_is_denied() {
    let service = Service::start().await;
    let event = example("authorize");
    store(&service, &key_of(&event), "ACME_BANK", "maker", "orders").await;
    let (mine, theirs) = (key_of(&event), key_of(&example("authorize-denied")));
    assert_eq!(mine.id, theirs.id);
    assert_eq!(context(&authorizer(&service), &theirs.expose()).await.unwrap(), Value::Null);
}

#[tokio::test]
async fn a_revoked_key_is_denied() {
    let service = Service::start().await;
    let authorizer = authorizer(&service);
    let key = issue(&service, "ACME_BANK", "maker", "orders").await;
    assert_ne!(context(&authorizer, &key).await.unwrap(), Value::Null);
    credentials(&service).revoke(&ApiKey::parse(&key).unwrap().id, now()).await.unwrap();
    assert_eq!(context(&authorizer, &key).await.unwrap(), Value::Null);
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_an_error_and_no_denial() {
    let service = Service::start().await;
    let authorizer = authorizer(&service);
    let key = issue(&service, "ACME_BANK", "maker", "orders").await;
    let dynamodb = service.dynamodb();
    dynamodb.delete_table().table_name(local::stack::KEYS_TABLE).send().await.unwrap();
    assert_eq!(context(&authorizer, &key).await.unwrap_err(), "reading a key");
}

#[tokio::test]
async fn an_event_that_no_gateway_would_send_is_denied_or_an_error() {
    let service = Service::start().await;
    let authorizer = authorizer(&service);
    let key = issue(&service, "ACME_BANK", "maker", "orders").await;
    for event in [json!({}), json!({ "headers": null }), json!({ "headers": { "authorization": null } })] {
        let answer = ask(&authorizer, &event).await.unwrap();
        assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Deny", "{event}");
        assert_eq!(answer["policyDocument"]["Statement"][0]["Resource"], "*", "{event}");
    }
    for arn in [json!(null), json!(""), json!("arn:aws:execute-api:us-east-1:1:a")] {
        let mut event = event_with(&[&key]);
        event["methodArn"] = arn;
        assert_eq!(ask(&authorizer, &event).await.unwrap_err(), "authorising a request");
    }
}
