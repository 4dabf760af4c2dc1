//! The function `authorize`: keys, tokens, and the local gateway that asks it.

mod gateway;
mod keys;
mod plan_keys;
mod tokens;

use authorize::{AuthorizeEvent, Authorizer};
use serde_json::{Value, json};
use shared::domain::{ApiKey, Principal, Scopes, StoredKey, TenantId};
use shared::store::{Credentials, IssueOutcome};

use crate::support::{Service, now, read};

/// The tenant's stage, as an answer names it.
const STAGE: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/*";

pub fn credentials(service: &Service) -> Credentials {
    Credentials::new(service.dynamodb(), local::stack::KEYS_TABLE)
}

/// What is stored of a principal's key with these scopes.
pub fn stored(key: &ApiKey, tenant: &str, principal: &str, scopes: &str) -> StoredKey {
    StoredKey {
        id: key.id.clone(),
        tenant: TenantId::parse(tenant).unwrap(),
        principal: Principal::parse(principal).unwrap(),
        scopes: Scopes::among(scopes),
        hash: key.hash(),
    }
}

/// Stores a key.
pub async fn store(service: &Service, key: &ApiKey, tenant: &str, principal: &str, scopes: &str) {
    let stored = stored(key, tenant, principal, scopes);
    assert_eq!(credentials(service).issue(&stored, now()).await.unwrap(), IssueOutcome::Issued);
}

/// A new key, as its owner has it.
pub async fn issue(service: &Service, tenant: &str, principal: &str, scopes: &str) -> String {
    let key = ApiKey::generate().unwrap();
    store(service, &key, tenant, principal, scopes).await;
    key.expose()
}

/// An example event.
fn example(name: &str) -> Value {
    serde_json::from_str(&read(&format!("events/{name}.json"))).unwrap()
}

/// The key in an example event.
fn key_of(event: &Value) -> ApiKey {
    let header = event["headers"]["authorization"].as_str().unwrap();
    ApiKey::parse(header.strip_prefix("Bearer ").unwrap()).unwrap()
}

/// The example event with these values of the header.
fn event_with(values: &[&str]) -> Value {
    let mut event = example("authorize");
    event["headers"] = json!({ "authorization": values.last() });
    event["multiValueHeaders"] = json!({ "Authorization": values });
    event
}

/// The answer to an event; an error in place of one.
async fn ask(authorizer: &Authorizer, event: &Value) -> Result<Value, String> {
    let event: AuthorizeEvent = serde_json::from_str(&event.to_string()).unwrap();
    let answer = authorize::handle(authorizer, &event).await.map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(answer).unwrap())
}

/// The answer to one value of the header: the context, or null where it is denied.
async fn context(authorizer: &Authorizer, value: &str) -> Result<Value, String> {
    let answer = ask(authorizer, &event_with(&[value])).await?;
    let effect = answer["policyDocument"]["Statement"][0]["Effect"].as_str().unwrap().to_owned();
    assert_eq!(answer["context"].is_null(), effect == "Deny", "{answer}");
    Ok(answer["context"].clone())
}
