//! The table of keys.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use shared::domain::{ApiKey, TenantId};
use shared::store::{Credentials, IssueOutcome, RevokeOutcome};

use crate::authorize::{credentials, stored};
use crate::support::{Service, now};

async fn issue(credentials: &Credentials, tenant: &str, principal: &str, at: Timestamp) -> (ApiKey, IssueOutcome) {
    let key = ApiKey::generate().unwrap();
    let outcome = credentials.issue(&stored(&key, tenant, principal, "orders read"), at).await.unwrap();
    (key, outcome)
}

#[tokio::test]
async fn a_key_is_found_until_it_is_revoked() {
    let service = Service::start().await;
    let credentials = credentials(&service);
    let (key, outcome) = issue(&credentials, "ACME_BANK", "maker", now()).await;
    assert_eq!(outcome, IssueOutcome::Issued);
    let found = credentials.find(&key.id).await.unwrap().unwrap();
    assert!(found.hash.is_of(&key));
    assert_eq!((found.tenant.as_str(), found.principal.as_str()), ("ACME_BANK", "maker"));
    assert_eq!(found.scopes.names(), ["orders", "read"]);
    assert_eq!(credentials.revoke(&key.id, now()).await.unwrap(), RevokeOutcome::Revoked);
    assert_eq!(credentials.revoke(&key.id, now()).await.unwrap(), RevokeOutcome::RevokedBefore);
    assert!(credentials.find(&key.id).await.unwrap().is_none());
    let never = ApiKey::generate().unwrap();
    assert_eq!(credentials.revoke(&never.id, now()).await.unwrap(), RevokeOutcome::NotFound);
    assert!(credentials.find(&never.id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_principal_has_two_live_keys_at_most() {
    let service = Service::start().await;
    let credentials = credentials(&service);
    let (first, _) = issue(&credentials, "ACME_BANK", "maker", now()).await;
    assert_eq!(issue(&credentials, "ACME_BANK", "maker", now()).await.1, IssueOutcome::Issued);
    assert_eq!(issue(&credentials, "ACME_BANK", "maker", now()).await.1, IssueOutcome::TooMany);
    assert_eq!(issue(&credentials, "ACME", "maker", now()).await.1, IssueOutcome::Issued);
    assert_eq!(issue(&credentials, "ACME_BANK", "checker", now()).await.1, IssueOutcome::Issued);
    assert_eq!(credentials.revoke(&first.id, now()).await.unwrap(), RevokeOutcome::Revoked);
    assert_eq!(issue(&credentials, "ACME_BANK", "maker", now()).await.1, IssueOutcome::Issued);
    let tenant = TenantId::parse("ACME_BANK").unwrap();
    let mut owners: Vec<_> =
        credentials.list(&tenant).await.unwrap().into_iter().map(|key| key.principal.to_string()).collect();
    owners.sort();
    assert_eq!(owners, ["checker", "maker", "maker"]);
}

#[tokio::test]
async fn concurrent_issues_do_not_pass_the_limit() {
    let service = Service::start().await;
    let credentials = credentials(&service);
    let calls = (0..20).map(|_| issue(&credentials, "ACME_BANK", "maker", now()));
    let outcomes = futures_util::future::join_all(calls).await;
    let issued = outcomes.iter().filter(|(_, outcome)| *outcome == IssueOutcome::Issued).count();
    assert!((1..=2).contains(&issued), "{issued}");
    let tenant = TenantId::parse("ACME_BANK").unwrap();
    assert_eq!(credentials.list(&tenant).await.unwrap().len(), issued);
}

#[tokio::test]
async fn the_table_holds_no_secret() {
    let service = Service::start().await;
    let credentials = credentials(&service);
    let (key, _) = issue(&credentials, "ACME_BANK", "maker", now()).await;
    let whole = key.expose();
    let secret = whole.split('_').nth(2).unwrap();
    let items = service.dynamodb().scan().table_name(local::stack::KEYS_TABLE).send().await.unwrap();
    let items = items.items();
    assert_eq!(items.len(), 2);
    assert!(!format!("{items:?}").contains(secret));
    let texts = |value: &AttributeValue| value.as_s().is_ok_and(|text| text == "2026-01-15T10:00:00Z");
    assert!(items.iter().any(|item| item.get("createdAt").is_some_and(texts)));
}
