//! The example events in an order in which they make a story, and what must be there before it begins.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use local::stack::{KEYS_TABLE, TABLE, access};
use serde_json::Value;
use shared::aws;
use shared::domain::{ApiKey, ApprovalRule, Principal, Scopes, SettingsChange, StoredKey, TenantId};
use shared::https::Roots;
use shared::store::{Credentials, Store};

use super::kits::{kits_marked, pgk};
use super::read;

/// The time for which the events were made.
pub const NOW: &str = "2026-01-15T10:00:00Z";

/// The events, each named after its function; one has an addition.
pub const STORY: &str = "create-order fetch-status received-orders upload-file fetch-file pgk-order process-order \
    sync-status retry-stuck fetch-order cancel-order create-order-to-approve review-order list-orders authorize";

/// Returns the event of a first call, or of a later one: the same of another order and another file.
pub fn event(name: &str, call: usize) -> String {
    let text = read(&format!("events/{name}.json"));
    if call == 0 {
        return text;
    }
    let other = |text: &str| text.replace("ORD-", "ORD-B-").replace("kits.txt", "kits-b.txt");
    let mut event: Value = serde_json::from_str(&other(&text)).unwrap();
    if event["isBase64Encoded"] == true {
        let body = STANDARD.decode(event["body"].as_str().unwrap()).unwrap();
        let [body, these, others] =
            [body, pgk("valid-3.txt"), kits_marked("424018")].map(|text| String::from_utf8(text).unwrap());
        event["body"] = STANDARD.encode(other(&body).replace(&these, &others)).into();
    }
    event.to_string()
}

/// Lets orders of more than 1,000 kits wait for approval, and issues the key in the authorizer's event.
pub async fn begin(dynamodb: SocketAddr) {
    let config = aws::config(&access(), aws::http_client(Roots::Amazon));
    let client = aws::dynamodb(&config, Some(&format!("http://{dynamodb}")));
    let tenant = TenantId::parse("ACME_BANK").unwrap();
    let change = SettingsChange { approval: Some(ApprovalRule::Above(1_000)), ..SettingsChange::default() };
    Store::new(client.clone(), TABLE).change_settings(&tenant, &change).await.unwrap();
    let event: Value = serde_json::from_str(&read("events/authorize.json")).unwrap();
    let header = event["headers"]["authorization"].as_str().unwrap();
    let key = ApiKey::parse(header.strip_prefix("Bearer ").unwrap()).unwrap();
    let (hash, principal) = (key.hash(), Principal::parse("branch-app").unwrap());
    let stored = StoredKey { id: key.id, tenant, principal, scopes: Scopes::among("orders"), hash };
    Credentials::new(client, KEYS_TABLE).issue(&stored, Timestamp::now()).await.unwrap();
}
