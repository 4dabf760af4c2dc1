//! The CMS simulator: what each script answers, and what the ledger shows in the end.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use local::cms::{Entry, Simulator};
use local::config::HEADER_TIMEOUT;
use local::listener::Listener;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::ANY_PORT;

/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_millis(200);
/// Longer than any test.
const NEVER: Duration = Duration::from_hours(1);

/// A running simulator and a client of it.
struct Cms {
    simulator: Simulator,
    address: SocketAddr,
    http: reqwest::Client,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

/// The answer: status code and text, or `None` if the connection ended first.
type Answer = Option<(u16, String)>;

impl Cms {
    async fn start(folder: &Path, late_after: Duration) -> Self {
        let simulator = Simulator::open(folder).unwrap().late_after(late_after);
        let listener = Listener::bind(&ANY_PORT.into(), HEADER_TIMEOUT).await.unwrap();
        let address = listener.local_address();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(simulator.clone().serve(listener, stop.clone()));
        Self { simulator, address, http: reqwest::Client::new(), stop, serving }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, format!("http://{}{path}", self.address))
    }

    /// One of the three calls, for an order of the script.
    fn call(&self, method: &str, key: &str, script: &str) -> reqwest::RequestBuilder {
        if method == "POST" {
            let request = self.request("POST", "/orders").header("idempotency-key", key);
            return request.body(order(key, script).to_string());
        }
        self.request(method, &format!("/orders/{key}"))
    }

    fn entry(&self, key: &str) -> Option<Entry> {
        self.simulator.ledger().unwrap().into_iter().find(|entry| entry.key == key)
    }

    /// Waits until the ledger has this entry for a key.
    async fn settled(&self, key: &str, is_so: impl Fn(&Entry) -> bool) {
        while !self.entry(key).as_ref().is_some_and(&is_so) {
            tokio::task::yield_now().await;
        }
    }
}

/// An order of 5 and 3 cards.
fn order(key: &str, script: &str) -> Value {
    let (tenant, id) = key.split_once(':').unwrap();
    let line = |line: u32, quantity: u32| {
        json!({
            "line": line, "productId": "01", "bin": "87654322", "quantity": quantity, "panLength": 16,
            "pinGeneration": false, "cardType": "PHYSICAL", "embossType": "NON_PERSONALIZED",
        })
    };
    json!({
        "key": key, "tenant": tenant, "orderId": id, "branch": { "id": "12345" },
        "metaValues": { "simulate": script }, "lines": [line(1, 5), line(2, 3)],
    })
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.text().await.ok()?))
}

/// An answer in a few words: `202 ACCEPTED`.
fn words(key: &str, answer: Answer) -> String {
    let Some((status, text)) = answer else { return "closed".to_owned() };
    let Ok(body) = serde_json::from_str::<Value>(&text) else { return format!("{status} unreadable") };
    let mut words = status.to_string();
    if body["message"].is_string() {
        return words;
    }
    if body["key"] != key {
        words += " another";
    }
    if text.len() == 1024 * 1024 {
        words += " huge";
    }
    words = format!("{words} {}", body["status"].as_str().unwrap());
    assert_eq!(body["cmsOrderId"].is_string(), body["status"] != "UNKNOWN", "{text}");
    for line in body["lines"].as_array().into_iter().flatten() {
        words = format!("{words}, line {} {}", line["line"], line["status"].as_str().unwrap());
    }
    words
}

/// A script, the calls with their answers, and the placements, cards and status in the ledger.
type Case = (&'static str, &'static [(&'static str, &'static str)], (u32, u64, &'static str));

const P: &str = "POST";
const G: &str = "GET";
const D: &str = "DELETE";

const CASES: &[Case] = &[
    (
        "accept",
        &[(P, "202 ACCEPTED"), (P, "202 ACCEPTED"), (G, "200 SUCCESS"), (P, "200 SUCCESS"), (D, "409 SUCCESS")],
        (1, 8, "SUCCESS"),
    ),
    ("not-a-script", &[(P, "202 ACCEPTED"), (D, "409 ACCEPTED")], (1, 8, "ACCEPTED")),
    (
        "reject",
        &[(P, "422 REJECTED"), (P, "422 REJECTED"), (G, "200 REJECTED"), (D, "409 REJECTED")],
        (0, 0, "REJECTED"),
    ),
    ("accept-then-500", &[(P, "500"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    ("accept-then-hang", &[(P, "hangs"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    ("drop-before", &[(P, "closed"), (G, "404 UNKNOWN"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    ("drop-before", &[(P, "closed"), (D, "200 VOIDED"), (P, "409 VOIDED"), (G, "200 VOIDED")], (0, 0, "VOIDED")),
    ("drop-after", &[(P, "closed"), (D, "409 ACCEPTED"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    ("late", &[(P, "503"), (G, "404 UNKNOWN"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    ("late", &[(P, "503"), (D, "200 VOIDED"), (P, "409 VOIDED")], (0, 0, "VOIDED")),
    ("429", &[(P, "429"), (P, "429"), (G, "404 UNKNOWN"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    (
        "malformed",
        &[(P, "200 unreadable"), (P, "202 ACCEPTED"), (G, "200 unreadable"), (G, "200 SUCCESS")],
        (1, 8, "SUCCESS"),
    ),
    ("huge", &[(P, "202 huge ACCEPTED"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    ("wrong-key", &[(P, "202 another ACCEPTED"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    ("reject-line-2", &[(P, "202 ACCEPTED, line 2 FAILED"), (G, "200 SUCCESS, line 2 FAILED")], (1, 5, "SUCCESS")),
    (
        "flap",
        &[
            (P, "202 ACCEPTED"),
            (G, "200 PROCESSED"),
            (G, "200 ACCEPTED"),
            (D, "409 PROCESSED"),
            (G, "200 PROCESSED"),
            (G, "200 SUCCESS"),
            (G, "200 ACCEPTED"),
            (G, "200 SUCCESS"),
            (G, "200 SUCCESS"),
        ],
        (1, 8, "SUCCESS"),
    ),
    (
        "accept-then-fail",
        &[(P, "202 ACCEPTED"), (G, "200 FAILED"), (P, "200 FAILED"), (D, "409 FAILED")],
        (1, 0, "FAILED"),
    ),
    ("doubled", &[(P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    (
        "no-idempotency",
        &[(P, "202 ACCEPTED"), (P, "202 ACCEPTED"), (G, "200 SUCCESS"), (P, "200 SUCCESS")],
        (3, 24, "SUCCESS"),
    ),
    ("no-void", &[(P, "closed"), (P, "closed"), (G, "404 UNKNOWN"), (D, "501")], (0, 0, "UNKNOWN")),
    (
        "void-only",
        &[(P, "503"), (P, "503"), (P, "503"), (G, "404 UNKNOWN"), (D, "200 VOIDED"), (D, "200 VOIDED")],
        (0, 0, "VOIDED"),
    ),
    ("unauthorized", &[(P, "401"), (P, "401"), (P, "202 ACCEPTED"), (G, "200 SUCCESS")], (1, 8, "SUCCESS")),
    ("never-answer", &[(P, "hangs"), (P, "hangs"), (G, "hangs"), (D, "hangs")], (0, 0, "UNKNOWN")),
    (
        "accept",
        &[(G, "404 UNKNOWN"), (D, "200 VOIDED"), (D, "200 VOIDED"), (P, "409 VOIDED"), (G, "200 VOIDED")],
        (0, 0, "VOIDED"),
    ),
    ("never-answer", &[(D, "200 VOIDED"), (P, "409 VOIDED")], (0, 0, "VOIDED")),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_script_answers_and_places_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let cms = Cms::start(folder.path(), NEVER).await;
    for (index, (script, calls, (placements, cards, status))) in CASES.iter().enumerate() {
        let key = format!("ACME_BANK:CASE-{index}");
        for (nth, (method, want)) in calls.iter().enumerate() {
            let request = cms.call(method, &key, script);
            if *want == "hangs" {
                // Not before the call has arrived does its caller lose patience.
                let call = tokio::spawn(answer(request));
                cms.settled(&key, |_| true).await;
                assert!(tokio::time::timeout(PATIENCE, call).await.is_err(), "{script}, call {nth}");
            } else {
                assert_eq!(words(&key, answer(request).await), *want, "{script}, call {nth}: {method}");
            }
        }
        let want = Entry { key: key.clone(), placements: *placements, cards: *cards, status: (*status).to_owned() };
        assert_eq!(cms.entry(&key), Some(want), "{script}");
    }
    // Neither the calls that hang nor the orders that are late keep it.
    cms.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_read_over_http_and_outlives_its_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let cms = Cms::start(folder.path(), NEVER).await;
    for key in ["GLOBEX:B", "ACME_BANK:C", "ACME_BANK:A"] {
        assert_eq!(words(key, answer(cms.call("POST", key, "429")).await), "429");
    }
    let first = "ACME_BANK:F";
    assert_eq!(words(first, answer(cms.call("POST", first, "flap")).await), "202 ACCEPTED");
    assert_eq!(words(first, answer(cms.call("GET", first, "flap")).await), "200 PROCESSED");
    let (status, text) = answer(cms.request("GET", "/simulator/ledger")).await.unwrap();
    let entry = |key: &str, placements: u32, cards: u64, status: &str| json!({ "key": key, "placements": placements, "cards": cards, "status": status });
    let want = json!({ "orders": [
        entry("ACME_BANK:A", 0, 0, "UNKNOWN"),
        entry("ACME_BANK:C", 0, 0, "UNKNOWN"),
        entry("ACME_BANK:F", 1, 8, "PROCESSED"),
        entry("GLOBEX:B", 0, 0, "UNKNOWN"),
    ] });
    assert_eq!((status, serde_json::from_str::<Value>(&text).unwrap()), (200, want));

    // Opened while the other has it still open: as after a kill, nothing was closed.
    let reopened = Cms::start(folder.path(), NEVER).await;
    assert_eq!(reopened.simulator.ledger().unwrap(), cms.simulator.ledger().unwrap());
    cms.stop().await;
    // Scripts and counters go on where they stood, whatever the repeated call says.
    assert_eq!(words(first, answer(reopened.call("GET", first, "flap")).await), "200 ACCEPTED");
    for want in ["429", "202 ACCEPTED"] {
        assert_eq!(words("GLOBEX:B", answer(reopened.call("POST", "GLOBEX:B", "reject")).await), want);
    }
    reopened.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_the_same_time_with_one_key_are_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let cms = Cms::start(folder.path(), NEVER).await;
    for (script, placements) in [("accept", 1), ("doubled", 1), ("no-idempotency", 16)] {
        let key = format!("ACME_BANK:{script}");
        let calls: Vec<_> = (0..16).map(|_| tokio::spawn(answer(cms.call("POST", &key, script)))).collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap().unwrap());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(cms.entry(&key).unwrap().placements, placements, "{script}");
    }
    cms.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_order_is_applied_once_and_never_after_a_void() {
    let folder = tempfile::tempdir().unwrap();
    let cms = Cms::start(folder.path(), Duration::ZERO).await;
    let key = "ACME_BANK:LATE";
    assert_eq!(words(key, answer(cms.call("POST", key, "late")).await), "503");
    cms.settled(key, |entry| entry.status == "ACCEPTED").await;
    assert_eq!(words(key, answer(cms.call("POST", key, "late")).await), "202 ACCEPTED");
    assert_eq!(words(key, answer(cms.call("GET", key, "late")).await), "200 SUCCESS");
    assert_eq!(cms.entry(key).unwrap().placements, 1);
    // Whoever comes first, the void or the order: what the void answered is what holds.
    for n in 0..50 {
        let key = format!("ACME_BANK:RACE-{n}");
        assert_eq!(words(&key, answer(cms.call("POST", &key, "late")).await), "503");
        let said = words(&key, answer(cms.call("DELETE", &key, "late")).await);
        let again = words(&key, answer(cms.call("POST", &key, "late")).await);
        let placements = cms.entry(&key).unwrap().placements;
        match said.as_str() {
            "200 VOIDED" => assert_eq!((again.as_str(), placements), ("409 VOIDED", 0)),
            _ => assert_eq!((said.as_str(), again.as_str(), placements), ("409 ACCEPTED", "202 ACCEPTED", 1)),
        }
    }
    cms.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_contract_does_not_know_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let cms = Cms::start(folder.path(), NEVER).await;
    let key = "ACME_BANK:ORD-1";
    let good = order(key, "accept");
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body.to_string()
    };
    let mut lines = good["lines"].clone();
    lines[1]["quantity"] = json!(0);
    let posts: [(Option<&str>, String, u16, &str); 11] = [
        (None, good.to_string(), 400, "the header Idempotency-Key is missing"),
        (Some("ACME_BANK:ORD-2"), good.to_string(), 400, "differ"),
        (Some(key), String::new(), 400, "line 1 column 0"),
        (Some(key), "{\"key\": \"secret\"".to_owned(), 400, "line 1 column"),
        (Some(key), "[]".to_owned(), 400, "the body is not an order"),
        (Some(key), json!({ "key": key }).to_string(), 400, "missing field `tenant`"),
        (Some(key), with("orderId", "ORD-3".into()), 400, "joined by a colon"),
        (Some("B:\u{e4}"), with("key", "B:\u{e4}".into()), 400, "joined by a colon"),
        (Some(key), with("lines", json!([])), 400, "one or more"),
        (Some(key), with("lines", lines), 400, "above 0"),
        (Some(key), with("address", "x".repeat(256 * 1024).into()), 413, "256 KiB"),
    ];
    for (header, body, want, why) in posts {
        let mut request = cms.request("POST", "/orders").body(body);
        if let Some(header) = header {
            request = request.header("idempotency-key", header.as_bytes());
        }
        let (status, text) = answer(request).await.expect(why);
        let message = serde_json::from_str::<Value>(&text).unwrap()["message"].as_str().unwrap().to_owned();
        assert_eq!(status, want, "{message}");
        assert!(message.contains(why) && !message.contains("secret"), "{message}");
    }
    for (method, path, want) in [
        ("GET", "/", 404),
        ("GET", "/orders/", 404),
        ("GET", "/orders/ACME_BANK:ORD-1/lines", 404),
        ("POST", "/simulator", 404),
        ("GET", "/orders", 405),
        ("PUT", "/orders/ACME_BANK:ORD-1", 405),
        ("POST", "/simulator/ledger", 405),
        ("GET", "/orders/%FF", 400),
        ("DELETE", "/orders/a.b", 400),
    ] {
        assert_eq!(words(key, answer(cms.request(method, path)).await), want.to_string(), "{method} {path}");
    }
    assert_eq!(cms.simulator.ledger().unwrap(), []);
    // Colons may be escaped.
    assert_eq!(words(key, answer(cms.call("POST", key, "accept")).await), "202 ACCEPTED");
    assert_eq!(words(key, answer(cms.request("GET", "/orders/ACME_BANK%3AORD-1")).await), "200 SUCCESS");
    let response = cms.call("POST", "ACME_BANK:T-1", "429").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    cms.stop().await;
}
