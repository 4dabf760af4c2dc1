//! JSON web tokens. Those by RS256 are fixtures, since nothing here makes keys of that kind; those by ES256 are made here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use authorize::{Authorizer, Issuer, KeySource};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jiff::SignedDuration;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use shared::domain::PlanKey;
use shared::https::{Bundle, Roots};
use shared::web::Web;

use super::{ask, context, credentials, event_with, example};
use crate::processing::acme;
use crate::support::tls::Authority;
use crate::support::{Service, TestClock, now, read};

const ISS: &str = "https://login.bank.example/";
const AUD: &str = "card-orders";

/// An issuer, and an authorizer that takes its tokens.
struct Login {
    service: Service,
    authorizer: Authorizer,
    clock: TestClock,
    key: EcdsaKeyPair,
    /// How often the keys were fetched.
    fetches: Arc<AtomicUsize>,
    is_down: Arc<AtomicBool>,
    has_new_key: Arc<AtomicBool>,
}

fn ec_key() -> EcdsaKeyPair {
    let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap()
}

fn ec_jwk(kid: &str, key: &EcdsaKeyPair) -> Value {
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": BASE64.encode(x), "y": BASE64.encode(y) })
}

fn rsa_jwk() -> Value {
    serde_json::from_str::<Value>(&read("tests/fixtures/jwks.json")).unwrap()["keys"][0].clone()
}

impl Login {
    async fn start() -> Self {
        let key = ec_key();
        let (first, second) = (ec_jwk("ec-1", &key), ec_jwk("ec-2", &key));
        let of_encryption = json!({ "kty": "RSA", "use": "enc", "kid": "enc-1", "n": rsa_jwk()["n"], "e": "AQAB" });
        let odd = json!({ "kty": "OKP2", "kid": "odd-1" });
        let keys = json!({ "keys": [rsa_jwk(), first, of_encryption, odd] });
        let more = json!({ "keys": [rsa_jwk(), second] });
        let (fetches, is_down, has_new_key) =
            (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let answer = {
            let (fetches, is_down, has_new_key) = (fetches.clone(), is_down.clone(), has_new_key.clone());
            move || async move {
                fetches.fetch_add(1, Ordering::SeqCst);
                let keys = if has_new_key.load(Ordering::SeqCst) { more } else { keys };
                let status = if is_down.load(Ordering::SeqCst) { StatusCode::BAD_GATEWAY } else { StatusCode::OK };
                (status, Json(keys))
            }
        };
        let authority = Authority::new();
        let url = authority.serve(Router::new().route("/keys", get(answer))).await;
        let bundle = Bundle::parse(&std::fs::read(authority.path()).unwrap()).unwrap();
        let web = Web::new(Roots::Bundle(bundle), Duration::from_secs(20));
        let issuer = Issuer::new(ISS, AUD, "tenant".to_owned(), KeySource::new(format!("{url}/keys"), web));
        let (service, clock) = (Service::start().await, TestClock::default());
        let authorizer = Authorizer::new(credentials(&service), Some(issuer), clock.as_clock());
        Self { service, authorizer, clock, key, fetches, is_down, has_new_key }
    }

    /// A token with a header and claims, signed by the issuer's key.
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64.encode(signature.as_ref()))
    }

    /// A token that differs from a good one in these claims; null takes one away.
    fn token(&self, changes: &Value) -> String {
        self.sign(&json!({ "alg": "ES256", "kid": "ec-1" }), &claims(changes))
    }

    async fn context(&self, token: &str) -> Result<Value, String> {
        context(&self.authorizer, &format!("Bearer {token}")).await
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

fn claims(changes: &Value) -> Value {
    let at = now().as_second();
    let mut claims = json!({
        "iss": ISS, "aud": AUD, "sub": "teller-7", "tenant": "ACME_BANK", "scope": "openid orders read",
        "exp": at + 600, "nbf": at - 600,
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn teller() -> Value {
    json!({ "tenantId": "ACME_BANK", "principalId": "teller-7", "scopes": "orders read" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_says_tenant_principal_and_scopes() {
    let login = Login::start().await;
    let at = now().as_second();
    let rs256 = example("authorize-token")["headers"]["authorization"].as_str().unwrap().to_owned();
    assert_eq!(context(&login.authorizer, &rs256).await.unwrap(), teller());
    for changes in [
        json!({}),
        json!({ "aud": [AUD, "other"] }),
        json!({ "nbf": null }),
        json!({ "scope": ["orders", "read"] }),
        // Clocks may differ by a minute.
        json!({ "exp": at - 59 }),
        json!({ "nbf": at + 59 }),
        json!({ "exp": 1_768_471_800.5 }),
    ] {
        assert_eq!(login.context(&login.token(&changes)).await.unwrap(), teller(), "{changes}");
    }
    for scope in [json!(null), json!(""), json!("openid"), json!(7), json!([7])] {
        let context = login.context(&login.token(&json!({ "scope": scope }))).await.unwrap();
        assert_eq!(context["scopes"], "", "{scope}");
    }
    assert_eq!(login.fetches(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_gets_its_tenants_usage_plan_as_a_key_does() {
    let login = Login::start().await;
    let key = PlanKey::parse("value-of-the-key-of-a-usage-plan").unwrap();
    credentials(&login.service).set_plan_key(&acme(), Some(&key)).await.unwrap();
    let answer = ask(&login.authorizer, &event_with(&[&login.token(&json!({}))])).await.unwrap();
    assert_eq!(answer["usageIdentifierKey"], "value-of-the-key-of-a-usage-plan");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_claims_are_not_those_of_the_issuer_is_denied() {
    let login = Login::start().await;
    let at = now().as_second();
    for changes in [
        json!({ "exp": null }),
        json!({ "exp": at - 61 }),
        json!({ "exp": "soon" }),
        json!({ "nbf": at + 61 }),
        json!({ "iss": null }),
        json!({ "iss": "https://login.elsewhere.example/" }),
        json!({ "iss": ISS.trim_end_matches('/') }),
        json!({ "aud": null }),
        json!({ "aud": "other" }),
        json!({ "aud": ["other", "others"] }),
        json!({ "aud": [] }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": "two words" }),
        json!({ "sub": 7 }),
        json!({ "tenant": null }),
        json!({ "tenant": "" }),
        json!({ "tenant": "ACME#BANK" }),
        json!({ "tenant": ["ACME_BANK"] }),
        json!({ "filler": "x".repeat(16 * 1024) }),
    ] {
        let token = login.token(&changes);
        assert_eq!(login.context(&token).await.unwrap(), Value::Null, "{changes:.200}");
    }
    for name in ["authorize-token-expired", "authorize-token-foreign"] {
        let header = example(name)["headers"]["authorization"].as_str().unwrap().to_owned();
        assert_eq!(context(&login.authorizer, &header).await.unwrap(), Value::Null, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_signature_is_not_the_issuers_is_denied() {
    let login = Login::start().await;
    let good = login.token(&json!({}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let none = |alg: &str| BASE64.encode(json!({ "alg": alg, "kid": "ec-1" }).to_string());
    let hs256 = {
        // The public key as the secret of a symmetric signature.
        let header = BASE64.encode(json!({ "alg": "HS256", "kid": "rsa-2026" }).to_string());
        let message = format!("{header}.{payload}");
        let n = BASE64.decode(rsa_jwk()["n"].as_str().unwrap()).unwrap();
        let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &n), message.as_bytes());
        format!("{message}.{}", BASE64.encode(tag.as_ref()))
    };
    let with = |header: Value| login.sign(&header, &claims(&json!({})));
    let stranger = {
        let signature = ec_key().sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64.encode(signature.as_ref()))
    };
    let forged = BASE64.encode(claims(&json!({ "tenant": "GLOBEX" })).to_string());
    for bad in [
        format!("{message}."),
        message.to_owned(),
        format!("{message}.{}", BASE64.encode([0; 64])),
        format!("{message}.{}", &signature[..signature.len() - 2]),
        format!("{message}.{signature}.{signature}"),
        format!("{header}.{forged}.{signature}"),
        format!("{}.{payload}.", none("none")),
        format!("{}.{payload}.{signature}", none("None")),
        format!("{}.{payload}.{signature}", none("RS256")),
        format!("{}.{payload}.{signature}", none("ES384")),
        hs256,
        stranger,
        with(json!({ "alg": "ES256" })),
        with(json!({ "alg": "ES256", "kid": "ec-9" })),
        with(json!({ "alg": "ES256", "kid": "rsa-2026" })),
        with(json!({ "alg": "ES256", "kid": "enc-1" })),
        with(json!({ "alg": "ES256", "kid": "odd-1" })),
        with(json!({ "alg": "ES256", "kid": "ec-1", "crit": ["exp"] })),
        with(json!({ "alg": "ES256", "kid": ["ec-1"] })),
        "a.b.c".to_owned(),
        "..".to_owned(),
    ] {
        assert_eq!(login.context(&bad).await.unwrap(), Value::Null, "{bad:.120}");
    }
    assert_eq!(login.context(&good).await.unwrap(), teller());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuers_keys_are_kept_and_fetched_again_for_an_unknown_one_once_a_minute() {
    let login = Login::start().await;
    let known = login.token(&json!({ "exp": now().as_second() + 7200 }));
    let unknown = |kid: &str| {
        login.sign(&json!({ "alg": "ES256", "kid": kid }), &claims(&json!({ "exp": now().as_second() + 7200 })))
    };
    for _ in 0..3 {
        assert_eq!(login.context(&known).await.unwrap(), teller());
    }
    assert_eq!(login.fetches(), 1);
    for kid in ["ec-2", "ec-3", "ec-4"] {
        assert_eq!(login.context(&unknown(kid)).await.unwrap(), Value::Null);
    }
    assert_eq!(login.fetches(), 2, "once at first, once for the first that was unknown");
    login.has_new_key.store(true, Ordering::SeqCst);
    login.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(login.context(&unknown("ec-2")).await.unwrap(), teller());
    assert_eq!(login.fetches(), 3);
    // The issuer has withdrawn it.
    assert_eq!(login.context(&known).await.unwrap(), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_down_ends_no_session_whose_key_is_known() {
    let login = Login::start().await;
    let far = json!({ "exp": now().as_second() + 7200 });
    login.is_down.store(true, Ordering::SeqCst);
    assert_eq!(login.context(&login.token(&far)).await.unwrap_err(), "asking the issuer for its keys");
    assert_eq!(login.context(&login.token(&far)).await.unwrap_err(), "asking the issuer for its keys");
    assert_eq!(login.fetches(), 1, "not at every call");
    login.is_down.store(false, Ordering::SeqCst);
    login.clock.advance(SignedDuration::from_secs(6));
    assert_eq!(login.context(&login.token(&far)).await.unwrap(), teller());
    login.is_down.store(true, Ordering::SeqCst);
    login.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(login.context(&login.token(&far)).await.unwrap(), teller());
    assert_eq!(login.fetches(), 3, "keys that are old are fetched again");
    let unknown = login.sign(&json!({ "alg": "ES256", "kid": "ec-2" }), &claims(&far));
    assert_eq!(login.context(&unknown).await.unwrap_err(), "asking the issuer for its keys");
}
