//! `key`.

use serde_json::{Value, json};
use shared::domain::ApiKey;

use super::{json, run};
use crate::support::Service;

const ISSUE: [&str; 8] = ["key", "issue", "--tenant", "ACME_BANK", "--principal", "maker", "--scopes", "read,orders"];

fn id(key: &Value) -> &str {
    key["id"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_listed_without_its_secret() {
    let service = Service::start().await;
    let issued = json(&service, &ISSUE).await;
    let whole = issued["key"].as_str().unwrap();
    let key = ApiKey::parse(whole).unwrap();
    let listed = json!({ "id": key.id, "tenant": "ACME_BANK", "principal": "maker", "scopes": ["orders", "read"] });
    let mut want = listed.clone();
    want["key"] = whole.into();
    assert_eq!(issued, want);
    assert_eq!(json(&service, &["key", "list", "--tenant", "ACME_BANK"]).await, json!([listed]));
    assert_eq!(json(&service, &["key", "list", "--tenant", "GLOBEX"]).await, json!([]));
    let people = run(&service, &ISSUE).await;
    let shown = people.out.lines().find_map(|line| line.strip_prefix("key ")).unwrap().trim();
    assert!(ApiKey::parse(shown).is_some());
    assert!(!people.err.contains(shown), "{}", people.err);
    let secret = whole.split('_').nth(2).unwrap();
    for arguments in [&["key", "list", "--tenant", "ACME_BANK"][..], &["key", "revoke", "--yes", key.id.as_str()]] {
        let ran = run(&service, arguments).await;
        assert!(!format!("{ran:?}").contains(secret), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_by_twos() {
    let service = Service::start().await;
    let (first, second) = (json(&service, &ISSUE).await, json(&service, &ISSUE).await);
    let third = run(&service, &ISSUE).await;
    assert_eq!((third.code, third.out.as_str()), (4, ""));
    let ask = run(&service, &["key", "revoke", id(&first)]).await;
    assert_eq!((ask.code, ask.out.as_str()), (2, ""), "nobody can be asked");
    let mut want = first.clone();
    want.as_object_mut().unwrap().remove("key");
    assert_eq!(json(&service, &["key", "revoke", id(&first), "--yes"]).await, want);
    assert_eq!(json(&service, &["key", "revoke", id(&first), "--yes"]).await, want, "it had been revoked before");
    let left = json(&service, &["key", "list", "--tenant", "ACME_BANK"]).await;
    assert_eq!(left.as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [id(&second)]);
    assert_eq!(json(&service, &ISSUE).await["principal"], "maker");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_issued_for_nobody_and_none_revoked_that_is_not_there() {
    let service = Service::start().await;
    let unknown = ["key", "issue", "--tenant", "ACME", "--principal", "maker", "--scopes", "read"];
    let ran = run(&service, &unknown).await;
    assert_eq!((ran.code, ran.err.as_str()), (3, "error: the tenant is not registered\n"));
    let ran = run(&service, &["key", "revoke", "--yes", "0123456789ab"]).await;
    assert_eq!((ran.code, ran.err.as_str()), (3, "error: there is no such key\n"));
    // The whole key where its id belongs: refused, and not repeated.
    let key = ApiKey::generate().unwrap().expose();
    let ran = run(&service, &["key", "revoke", "--yes", &key]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("must be 12 letters or digits") && !ran.err.contains(&key), "{}", ran.err);
}
