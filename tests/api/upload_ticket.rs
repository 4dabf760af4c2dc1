//! `POST /card-order/uploadTicket`, and uploads with a ticket.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::form::{self, Part};
use crate::support::{Service, order_with_file, pgk};

const ROUTE: &str = "/card-order/uploadTicket";

pub async fn ticket(service: &Service, name: &str, content: &[u8]) -> Value {
    let sha256 = hex::encode(Sha256::digest(content));
    let body = json!({ "fileName": name, "sizeBytes": content.len(), "sha256": sha256 });
    let answer = service.post(ROUTE, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["result"].clone()
}

/// Posts a form to the ticket's URL. Returns the status.
pub async fn send(ticket: &Value, change: impl Fn(&str, String) -> String, content: &[u8]) -> u16 {
    let fields = ticket["fields"].as_object().unwrap();
    let mut parts: Vec<Part> = fields
        .iter()
        .map(|(name, value)| form::field(name, &change(name, value.as_str().unwrap().to_owned())))
        .collect();
    parts.push(form::file("file", content));
    let request = reqwest::Client::new().post(ticket["url"].as_str().unwrap());
    let request = request.header("content-type", form::content_type()).body(form::body(&parts));
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_uploads_its_file_and_nothing_else() {
    let service = Service::start().await;
    let content = pgk("valid-3.txt");
    let granted = ticket(&service, "large.txt", &content).await;
    let other = [&content[..content.len() - 1], b"x"].concat();
    let longer = [content.clone(), b"x".to_vec()].concat();
    let as_is = |_: &str, value: String| value;
    for (status, what) in [
        (send(&granted, as_is, &other).await, "other bytes"),
        (send(&granted, as_is, &longer).await, "more bytes"),
        (
            send(&granted, |name, value| if name == "key" { "t/GLOBEX/inbox/x.txt".into() } else { value }, &content)
                .await,
            "another key",
        ),
        (
            send(&granted, |name, value| if name.ends_with("file-name") { "b.txt".into() } else { value }, &content)
                .await,
            "another name",
        ),
        (
            send(&granted, |name, value| if name.ends_with("signature") { "0".repeat(64) } else { value }, &content)
                .await,
            "another signature",
        ),
    ] {
        assert!((400..500).contains(&status), "{what}: {status}");
    }
    assert_eq!(service.fetch_file("large.txt").await.code(), "ORD006");
    for _ in 0..2 {
        let status = send(&granted, as_is, &content).await;
        assert!((200..300).contains(&status), "{status}");
        service.file_settled("large.txt", "VALID").await;
    }
    assert!(service.create_with_file(order_with_file("ORD-1", "large.txt")).await.is_ok());
    let refused =
        service.post(ROUTE, &json!({ "fileName": "large.txt", "sizeBytes": 1, "sha256": "0".repeat(64) })).await;
    assert_eq!((refused.code(), refused.faults()), ("ORD002", vec!["fileName is already in use"]));
}

#[tokio::test]
async fn a_ticket_asks_for_name_size_and_digest() {
    let service = Service::start().await;
    assert_eq!(
        service.post(ROUTE, &json!({})).await.faults(),
        ["fileName is required", "sizeBytes is required", "sha256 is required"]
    );
    let answer = service.post(ROUTE, &json!({ "fileName": "x.txt", "sizeBytes": 0, "sha256": "0".repeat(63) })).await;
    assert_eq!(
        answer.faults(),
        ["sizeBytes must be an integer from 1 to 600000000", "sha256 must be a string of 64 lower-case hex digits"]
    );
    // Digits of a digest are no card number.
    let digest = format!("4111111111111111{}", "a".repeat(48));
    assert!(service.post(ROUTE, &json!({ "fileName": "x.txt", "sizeBytes": 1, "sha256": digest })).await.is_ok());
}

#[tokio::test]
async fn a_dry_run_gets_no_ticket() {
    let service = Service::start().await;
    let dry = [("tenant", "ACME_BANK"), ("dry-run", "true")];
    let body = json!({ "fileName": "x.txt", "sizeBytes": 1, "sha256": "0".repeat(64) });
    let answer = service.post_with(ROUTE, &dry, &body).await;
    assert_eq!(
        (answer.status, &answer.body["result"], answer.header("dry-run")),
        (200, &json!("success"), Some("true"))
    );
    assert_eq!(service.post_with(ROUTE, &dry, &json!({})).await.faults().len(), 3);
}

#[tokio::test]
async fn the_example_event_gets_a_ticket() {
    let service = Service::start().await;
    let event = serde_json::from_str(&crate::support::read("events/upload-file-ticket.json")).unwrap();
    let answer =
        service.stack.handlers.answer(shared::api::Function::UploadFile, event, lambda_http::Context::default());
    assert_eq!(answer.await.status_code, 200);
}
