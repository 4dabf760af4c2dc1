//! What the client of the card management system sends, and which bad answers it detects.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use shared::cms::{Cms, CmsConnection, CmsLimits, CmsOutcome, HttpCms, Trouble};
use shared::domain::{CmsKey, CmsProgress, Fact, OrderId};
use tokio::net::TcpListener;

use crate::processing::acme;
use crate::support::{ANY_PORT, Service, order_with_file, pgk};

type Calls = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;

/// Starts a server that records every request and always gives the same answer. Returns its address.
async fn server(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> (String, Calls) {
    let calls = Calls::default();
    let handler = move |State(calls): State<Calls>, request: Request| {
        let answer = answer.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let line = format!("{} {}", parts.method, parts.uri);
            calls.lock().unwrap().push((line, parts.headers, body));
            answer()
        }
    };
    let router = Router::new().fallback(handler).with_state(Arc::clone(&calls));
    let listener = TcpListener::bind(ANY_PORT).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, calls)
}

fn key() -> CmsKey {
    CmsKey::of(&acme(), &OrderId::parse("ORD-1").unwrap())
}

fn client(url: &str, authorization: Option<&str>) -> HttpCms {
    let limits = CmsLimits { connect: Duration::from_secs(1), call: Duration::from_secs(5) };
    let connection = CmsConnection::with_token(authorization.map(str::to_owned)).unwrap();
    HttpCms::new(url, connection, limits).unwrap()
}

#[tokio::test]
async fn an_order_is_sent_as_the_contract_says() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let mut body = order_with_file("ORD-1", "kits.txt");
    body["address"] = "12 Second Avenue~Chennai".into();
    body["orderingPartyInfo"] = json!({ "orderingPartyId": "P-7", "orderingPartyType": "CORPORATE" });
    body["metaValues"] = json!({ "campaign": "NEW_YEAR" });
    assert!(service.create_with_file(&body).await.is_ok());
    let store = &service.stack.handlers.store;
    let order = store.work_order(&acme(), &OrderId::parse("ORD-1").unwrap()).await.unwrap().unwrap();
    let order = store.cms_order(&order).await.unwrap();

    let accepted = r#"{"key":"ACME_BANK:ORD-1","status":"ACCEPTED"}"#;
    let (url, calls) = server(move || accepted.into_response()).await;
    let cms = client(&format!("{url}/cms/v2/"), Some("Bearer not-a-secret"));
    let fact = CmsOutcome::Fact(Fact::whole(CmsProgress::Accepted));
    assert_eq!(cms.place(&order).await, fact);
    assert_eq!(cms.status(&key()).await, fact);
    assert_eq!(cms.void(&key()).await, fact);
    assert!(!format!("{cms:?}").contains("secret"));

    let calls = calls.lock().unwrap();
    let lines: Vec<&str> = calls.iter().map(|(line, ..)| line.as_str()).collect();
    assert_eq!(
        lines,
        ["POST /cms/v2/orders", "GET /cms/v2/orders/ACME_BANK:ORD-1", "DELETE /cms/v2/orders/ACME_BANK:ORD-1"]
    );
    assert!(calls.iter().all(|(_, headers, _)| headers["authorization"] == "Bearer not-a-secret"));
    let (_, headers, body) = &calls[0];
    assert_eq!(
        (&headers["idempotency-key"], &headers["content-type"]),
        (&"ACME_BANK:ORD-1".parse().unwrap(), &"application/json".parse().unwrap())
    );
    let mut body: Value = serde_json::from_slice(body).unwrap();
    for varying in ["objectKey", "versionId"] {
        assert!(body["file"][varying].take().is_string());
    }
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (elsewhere, followed) = server(|| "{}".into_response()).await;
    for status in [StatusCode::MOVED_PERMANENTLY, StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT] {
        let location = format!("{elsewhere}/orders");
        let (url, _) = server(move || (status, [(header::LOCATION, location.clone())]).into_response()).await;
        assert_eq!(
            client(&url, None).status(&key()).await,
            CmsOutcome::Misconfigured(Trouble::Status(status.as_u16()))
        );
    }
    assert!(followed.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_body_beyond_its_cap_is_not_read_however_right_it_begins() {
    let right = r#"{"key":"ACME_BANK:ORD-1","status":"SUCCESS"}"#;
    for (padding, is_read) in [(1_000, true), (100_000, false), (10_000_000, false)] {
        let body = format!("{right}{}", " ".repeat(padding));
        let (url, _) = server(move || body.clone().into_response()).await;
        let outcome = client(&url, None).status(&key()).await;
        assert_eq!(matches!(outcome, CmsOutcome::Fact(_)), is_read, "{padding}");
        assert!(is_read || outcome == CmsOutcome::Unknown(Trouble::Unreadable), "{padding}");
    }
}

#[tokio::test]
async fn a_system_that_cannot_be_reached_is_no_connection() {
    let listener = TcpListener::bind(ANY_PORT).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(client(&url, None).status(&key()).await, CmsOutcome::Unknown(Trouble::Connection));
    // TLS with somebody who does not speak it.
    let (plain, _) = server(|| "{}".into_response()).await;
    let outcome = client(&plain.replace("http:", "https:"), None).status(&key()).await;
    assert_eq!(outcome, CmsOutcome::Unknown(Trouble::Connection));
}
