//! The client of the card management system (CMS) over TLS, with the certificates of its secret, and a tenant's own CMS.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::cms::{Cms, CmsConnection, CmsLimits, CmsOutcome, CmsProfiles, HttpCms, RotatingCms, Trouble};
use shared::domain::{CmsChoice, CmsKey, CmsProfile, CmsProgress, Fact, OrderId, SettingsChange};
use shared::processing::{Processing, RetryPolicy};
use shared::secret::Secret;
use shared::store::ChangeOutcome;

use crate::alarms::Logged;
use crate::processing::{A_WHILE, CALL, acme, scripted};
use crate::support::tls::{Authority, Server};
use crate::support::wire::Wire;
use crate::support::{PATIENT, Service};
use crate::work_due::{ACME, turn};

/// Accepts every order that it is sent, and knows none that it is asked for.
fn accepting() -> Router {
    accepting_as("default")
}

/// The same, with this name for each order.
fn accepting_as(cms_order_id: &'static str) -> Router {
    Router::new().fallback(move |request: Request| async move {
        if let Some(key) = request.headers().get("idempotency-key") {
            return (
                StatusCode::OK,
                json!({ "key": key.to_str().unwrap(), "cmsOrderId": cms_order_id, "status": "ACCEPTED" }).to_string(),
            );
        }
        let key = request.uri().path().rsplit('/').next().unwrap();
        (StatusCode::NOT_FOUND, json!({ "key": key, "status": "UNKNOWN" }).to_string())
    })
}

fn client(url: &str, secret: &Value, limits: CmsLimits) -> HttpCms {
    HttpCms::new(url, CmsConnection::parse(&secret.to_string()).unwrap(), limits).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_is_called_only_if_each_side_accepts_the_others_certificate() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let ours = authority.serve(accepting()).await;
    let expired = authority.serve_as(&Server { valid_until: 2020, ..Server::default() }, accepting()).await;
    let misnamed = authority.serve_as(&Server { name: "cms.bank.example", ..Server::default() }, accepting()).await;
    let mutual = authority.serve_as(&Server { clients: Some(&authority), ..Server::default() }, accepting()).await;
    let (certificate, key) = authority.issue("card-orders");
    let (other_certificate, other_key) = stranger.issue("card-orders");
    let trusting = json!({ "caBundle": authority.pem() });
    let known = json!({ "caBundle": authority.pem(), "clientCertificate": certificate, "clientKey": key });
    let unknown =
        json!({ "caBundle": authority.pem(), "clientCertificate": other_certificate, "clientKey": other_key });
    let refused = || CmsOutcome::Misconfigured(Trouble::Tls);
    let key = CmsKey::of(&acme(), &OrderId::parse("ORD-1").unwrap());
    for (case, url, secret, want) in [
        ("a private authority of the secret", &ours, &trusting, CmsOutcome::NotKnown),
        ("a private authority that nobody named", &ours, &json!({}), refused()),
        ("another authority", &ours, &json!({ "caBundle": stranger.pem() }), refused()),
        ("an expired certificate", &expired, &trusting, refused()),
        ("a certificate for another name", &misnamed, &trusting, refused()),
        ("a client certificate of the secret", &mutual, &known, CmsOutcome::NotKnown),
        ("no client certificate where one is asked for", &mutual, &trusting, refused()),
        ("a client certificate of another authority", &mutual, &unknown, refused()),
        ("a client certificate where none is asked for", &ours, &known, CmsOutcome::NotKnown),
    ] {
        let outcome = client(url, secret, PATIENT).status(&key).await;
        // With TLS 1.3 the server may hang up before its reason has been read.
        let is_hang_up = url == &mutual && outcome == CmsOutcome::Unknown(Trouble::Connection);
        assert!(outcome == want || (is_hang_up && want == refused()), "{case}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_refused_certificate_opens_the_breaker_raises_the_alarm_and_costs_no_attempt() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue("card-orders");
    let url = authority.serve_as(&Server { clients: Some(&authority), ..Server::default() }, accepting()).await;
    let (service, clock) = Service::start_with_clock().await;
    let app = |secret: &Value| {
        let cms = Arc::new(client(&url, secret, PATIENT));
        Wire::counting().app_with(&service.stack, clock.as_clock(), cms, 1)
    };
    let without = app(&json!({ "caBundle": authority.pem() }));
    let logged = Logged::default();
    let guard = logged.start();
    assert!(service.create(scripted("FIRST", "accept")).await.is_ok());
    assert!(turn(&without, &[ACME]).await.is_empty());
    drop(guard);
    let messages: Vec<String> = logged.lines().iter().map(|line| line["message"].to_string()).collect();
    for message in ["card management system is misconfigured", "breaker opened"] {
        assert!(messages.iter().any(|logged| logged.contains(message)), "{message}: {messages:?}");
    }
    assert!(service.create(scripted("SECOND", "accept")).await.is_ok());
    for _ in 0..3 {
        assert!(turn(&without, &[ACME]).await.is_empty());
        assert_eq!(service.status("SECOND").await, "RECEIVED");
        clock.advance(A_WHILE);
    }
    // One attempt is all that there is, and it is still there.
    let with = app(&json!({ "caBundle": authority.pem(), "clientCertificate": certificate, "clientKey": key }));
    let store = &service.stack.handlers.store;
    assert!(turn(&with, &[ACME]).await.is_empty());
    for id in ["FIRST", "SECOND"] {
        let order = store.work_order(&acme(), &OrderId::parse(id).unwrap()).await.unwrap().unwrap();
        assert!(order.is_acknowledged(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credential_of_the_secret_is_sent_over_tls() {
    let authority = Authority::new();
    let router = Router::new().fallback(|request: Request| async move {
        assert_eq!(request.headers()["authorization"], "Bearer secret");
        json!({ "key": "ACME_BANK:ORD-1", "status": "SUCCESS" }).to_string()
    });
    let url = authority.serve(router).await;
    let secret = json!({ "caBundle": authority.pem(), "token": "Bearer secret" });
    let key = CmsKey::of(&acme(), &OrderId::parse("ORD-1").unwrap());
    let outcome = client(&url, &secret, PATIENT).status(&key).await;
    assert_eq!(outcome, CmsOutcome::Fact(Fact::whole(CmsProgress::Success)));
}

#[test]
fn a_secret_that_cannot_be_used_says_why_and_repeats_nothing() {
    let authority = Authority::new();
    let (certificate, _) = authority.issue("card-orders");
    let (_, other_key) = authority.issue("card-orders");
    for (secret, want) in [
        (json!("token"), "it must be JSON"),
        (json!({ "tokn": "x" }), "it must be JSON"),
        (json!({ "token": "line\nbreak" }), "token must be of printable ASCII"),
        (json!({ "caBundle": "" }), "caBundle must be certificates in PEM"),
        (json!({ "caBundle": authority.pem().replacen("MII", "AAA", 1) }), "caBundle must be certificates in PEM"),
        (json!({ "clientCertificate": certificate }), "must be there together"),
        (json!({ "clientCertificate": "x", "clientKey": other_key }), "clientCertificate must be certificates"),
        (json!({ "clientCertificate": certificate, "clientKey": "x" }), "clientKey must be a private key"),
        (json!({ "clientCertificate": certificate, "clientKey": other_key }), "must be the key of clientCertificate"),
    ] {
        let error = CmsConnection::parse(&secret.to_string()).unwrap_err().to_string();
        assert!(error.contains(want), "{secret}: {error}");
    }
}

/// The default CMS and that of the profile `bank`, whose answers name them.
async fn two_systems() -> CmsProfiles {
    let authority = Authority::new();
    let secret = json!({ "caBundle": authority.pem() }).to_string();
    let default = RotatingCms::new(authority.serve(accepting()).await, Secret::fixed(secret), PATIENT).unwrap();
    let bank = authority.serve(accepting_as("of the bank")).await;
    CmsProfiles::new(Arc::new(default), move |profile| {
        let secret = match profile.as_str() {
            "bank" => json!({ "url": bank, "caBundle": authority.pem() }),
            _ => json!({}),
        };
        Arc::new(RotatingCms::of_profile(Secret::fixed(secret.to_string()), PATIENT))
    })
}

/// Takes the next step of an order whose tenant has this profile, and returns which CMS has acknowledged it.
async fn advance(service: &Service, processing: &Processing, id: &str, profile: Option<&str>) -> Option<String> {
    let mut call = CALL.clone();
    call.tenant.settings.cms_profile = profile.map(|name| CmsProfile::parse(name).unwrap());
    let store = &service.stack.handlers.store;
    let order = store.work_order(&acme(), &OrderId::parse(id).unwrap()).await.unwrap().unwrap();
    processing.worker(&call).advance(&order).await.unwrap();
    let order = service.post("/card-order/fetchOrder", &json!({ "cardOrderId": id })).await;
    order.body["result"]["cmsOrderId"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_tenants_orders_go_to_the_cms_that_its_settings_name_and_stay_there() {
    let (service, clock) = Service::start_with_clock().await;
    let policy = RetryPolicy::new(10, SignedDuration::from_mins(15));
    let store = service.stack.handlers.store.clone();
    let processing = Processing::new(store, two_systems().await, policy, clock.as_clock());
    for (id, profile, want) in [
        ("DEFAULT", None, Some("default")),
        ("BANK", Some("bank"), Some("of the bank")),
        // Rather nowhere than elsewhere.
        ("NOWHERE", Some("gone"), None),
    ] {
        assert!(service.create(scripted(id, "accept")).await.is_ok());
        assert_eq!(advance(&service, &processing, id, profile).await.as_deref(), want, "{id}");
    }
    // The one that nobody has acknowledged may be with the CMS that it was sent to: no other one gets it.
    clock.advance(A_WHILE);
    for profile in [None, Some("bank")] {
        assert_eq!(advance(&service, &processing, "NOWHERE", profile).await, None, "{profile:?}");
    }
}

#[tokio::test]
async fn the_profile_is_read_with_the_settings() {
    let service = Service::start().await;
    let store = &service.stack.handlers.store;
    let bank = CmsProfile::parse("bank").unwrap();
    for (cms, want) in [(CmsChoice::Profile(bank.clone()), Some(bank)), (CmsChoice::Default, None)] {
        let change = SettingsChange { cms: Some(cms), ..SettingsChange::default() };
        assert_eq!(store.change_settings(&acme(), &change).await.unwrap(), ChangeOutcome::Changed);
        assert_eq!(store.settings(&acme()).await.unwrap().unwrap().cms_profile, want);
    }
}
