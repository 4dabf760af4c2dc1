//! Secrets that are read at run time: kept for five minutes, and read again when they are refused.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::aws;
use shared::cms::{Cms, CmsOutcome, RotatingCms, Trouble};
use shared::domain::{CmsKey, OrderId};
use shared::https::Roots;
use shared::secret::Secret;

use crate::processing::acme;
use crate::support::{ANY_PORT, PATIENT, TestClock};

/// A stand-in of Secrets Manager.
#[derive(Clone, Default)]
struct Vault {
    value: Arc<Mutex<String>>,
    reads: Arc<AtomicUsize>,
    is_down: Arc<AtomicBool>,
}

impl Vault {
    fn set(&self, value: &str) {
        value.clone_into(&mut self.value.lock().unwrap());
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// The secret in it, by a client like a function's.
    async fn secret(&self, clock: &TestClock) -> Secret {
        let url = serve(Router::new().route("/", post(read)).with_state(self.clone())).await;
        let config = aws::config(&local::stack::access(), aws::http_client(Roots::Amazon));
        Secret::managed(aws::secrets_manager(&config, Some(&url)), "cms".to_owned(), clock.as_clock())
    }
}

async fn read(State(vault): State<Vault>, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["SecretId"], "cms");
    vault.reads.fetch_add(1, Ordering::SeqCst);
    if vault.is_down.load(Ordering::SeqCst) {
        return (StatusCode::BAD_REQUEST, Json(json!({ "__type": "ResourceNotFoundException" })));
    }
    (StatusCode::OK, Json(json!({ "SecretString": *vault.value.lock().unwrap() })))
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind(ANY_PORT).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_value_is_kept_for_five_minutes_and_outlives_an_outage() {
    let (vault, clock) = (Vault::default(), TestClock::default());
    let secret = vault.secret(&clock).await;
    vault.is_down.store(true, Ordering::SeqCst);
    assert_eq!(secret.value().await.unwrap_err().to_string(), "reading a secret");
    vault.is_down.store(false, Ordering::SeqCst);
    vault.set("first");
    for _ in 0..3 {
        assert_eq!(secret.value().await.unwrap().expose(), "first");
    }
    assert_eq!(vault.reads(), 2);
    vault.set("second");
    clock.advance(SignedDuration::from_secs(299));
    assert_eq!(secret.value().await.unwrap().expose(), "first");
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(secret.value().await.unwrap().expose(), "second");
    vault.is_down.store(true, Ordering::SeqCst);
    clock.advance(SignedDuration::from_hours(1));
    assert_eq!(secret.value().await.unwrap().expose(), "second");
    let reads = vault.reads();
    assert_eq!(secret.value().await.unwrap().expose(), "second");
    assert_eq!(vault.reads(), reads, "not at every call");
}

/// A CMS that takes one credential.
async fn cms(taken: Arc<Mutex<String>>, calls: Arc<AtomicUsize>) -> String {
    let answer = move |headers: HeaderMap| {
        let (taken, calls) = (taken.clone(), calls.clone());
        async move {
            calls.fetch_add(1, Ordering::SeqCst);
            let is_taken = headers.get("authorization").is_some_and(|value| *value == *taken.lock().unwrap());
            let answer = json!({ "key": "ACME_BANK:ORD-1", "status": "UNKNOWN" });
            (if is_taken { StatusCode::NOT_FOUND } else { StatusCode::UNAUTHORIZED }, Json(answer))
        }
    };
    serve(Router::new().route("/orders/{key}", get(answer))).await
}

#[tokio::test]
async fn a_rotated_credential_is_read_again_when_the_cms_refuses_the_old_one() {
    let (vault, clock) = (Vault::default(), TestClock::default());
    let (taken, calls) = (Arc::new(Mutex::new("Bearer one".to_owned())), Arc::<AtomicUsize>::default());
    vault.set(r#"{"token":"Bearer one"}"#);
    let url = cms(taken.clone(), calls.clone()).await;
    let cms = RotatingCms::new(url, vault.secret(&clock).await, PATIENT).unwrap();
    let key = CmsKey::of(&acme(), &OrderId::parse("ORD-1").unwrap());
    for _ in 0..3 {
        assert!(cms.status(&key).await.is_answer());
    }
    assert_eq!((vault.reads(), calls.load(Ordering::SeqCst)), (1, 3), "read once, without a call more");
    // Rotated on both sides, well within the five minutes.
    vault.set(r#"{"token":"Bearer two"}"#);
    "Bearer two".clone_into(&mut taken.lock().unwrap());
    clock.advance(SignedDuration::from_secs(11));
    assert!(cms.status(&key).await.is_answer());
    assert_eq!((vault.reads(), calls.load(Ordering::SeqCst)), (2, 5), "refused, read again, and called once more");
    // The CMS's side alone: it is not asked for ever.
    "Bearer three".clone_into(&mut taken.lock().unwrap());
    for _ in 0..5 {
        assert_eq!(cms.status(&key).await, CmsOutcome::Misconfigured(Trouble::Status(401)));
    }
    assert_eq!((vault.reads(), calls.load(Ordering::SeqCst)), (2, 10), "read just before");
}

#[tokio::test]
async fn a_cms_whose_secret_cannot_be_read_or_used_is_not_called() {
    let (vault, clock) = (Vault::default(), TestClock::default());
    let calls = Arc::<AtomicUsize>::default();
    let url = cms(Arc::default(), calls.clone()).await;
    let cms = RotatingCms::new(url, vault.secret(&clock).await, PATIENT).unwrap();
    let key = CmsKey::of(&acme(), &OrderId::parse("ORD-1").unwrap());
    for value in ["", "Bearer one", r#"{"tokn":"x"}"#, r#"{"token":"\n"}"#, r#"{"clientKey":"x"}"#] {
        vault.set(value);
        clock.advance(SignedDuration::from_hours(1));
        assert_eq!(cms.status(&key).await, CmsOutcome::Misconfigured(Trouble::Secret), "{value}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}
