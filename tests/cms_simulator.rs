//! The CMS simulator: what each script answers, and what the ledger shows in the end.

mod harness;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use harness::{Cms, answer, order, words};

/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_millis(200);
/// Longer than any test.
const NEVER: Duration = Duration::from_hours(1);

/// A script, its calls (`P`OST, `G`ET, `D`ELETE) with their answers, and the placements, cards and status in the ledger.
type Case = (&'static str, &'static str, (u32, u64, &'static str));

const CASES: &[Case] = &[
    ("accept", "P 202 ACCEPTED, P 202 ACCEPTED, G 200 SUCCESS, P 200 SUCCESS, D 409 SUCCESS", (1, 8, "SUCCESS")),
    ("not-a-script", "P 202 ACCEPTED, D 409 ACCEPTED", (1, 8, "ACCEPTED")),
    ("reject", "P 422 REJECTED, P 422 REJECTED, G 200 REJECTED, D 409 REJECTED", (0, 0, "REJECTED")),
    ("accept-then-500", "P 500, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("accept-then-hang", "P hangs, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("drop-before", "P closed, G 404 UNKNOWN, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("drop-before", "P closed, D 200 VOIDED, P 409 VOIDED, G 200 VOIDED", (0, 0, "VOIDED")),
    ("drop-after", "P closed, D 409 ACCEPTED, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("late", "P 503, G 404 UNKNOWN, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("late", "P 503, D 200 VOIDED, P 409 VOIDED", (0, 0, "VOIDED")),
    ("429", "P 429, P 429, G 404 UNKNOWN, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("malformed", "P 200 unreadable, P 202 ACCEPTED, G 200 unreadable, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("huge", "P 202 huge ACCEPTED, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("wrong-key", "P 202 another ACCEPTED, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("reject-line-2", "P 202 ACCEPTED (line 2 FAILED), G 200 SUCCESS (line 2 FAILED)", (1, 5, "SUCCESS")),
    (
        "flap",
        "P 202 ACCEPTED, G 200 PROCESSED, G 200 ACCEPTED, D 409 PROCESSED, G 200 PROCESSED, G 200 SUCCESS, \
         G 200 ACCEPTED, G 200 SUCCESS, G 200 SUCCESS",
        (1, 8, "SUCCESS"),
    ),
    ("accept-then-fail", "P 202 ACCEPTED, G 200 FAILED, P 200 FAILED, D 409 FAILED", (1, 0, "FAILED")),
    ("doubled", "P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("no-idempotency", "P 202 ACCEPTED, P 202 ACCEPTED, G 200 SUCCESS, P 200 SUCCESS", (3, 24, "SUCCESS")),
    ("no-void", "P closed, P closed, G 404 UNKNOWN, D 501", (0, 0, "UNKNOWN")),
    ("void-only", "P 503, P 503, P 503, G 404 UNKNOWN, D 200 VOIDED, D 200 VOIDED", (0, 0, "VOIDED")),
    ("unauthorized", "P 401, P 401, P 202 ACCEPTED, G 200 SUCCESS", (1, 8, "SUCCESS")),
    ("never-answer", "P hangs, P hangs, G hangs, D hangs", (0, 0, "UNKNOWN")),
    ("accept", "G 404 UNKNOWN, D 200 VOIDED, D 200 VOIDED, P 409 VOIDED, G 200 VOIDED", (0, 0, "VOIDED")),
    ("never-answer", "D 200 VOIDED, P 409 VOIDED", (0, 0, "VOIDED")),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_script_answers_and_places_as_it_says() {
    let cms = Cms::start(NEVER).await;
    for (index, (script, calls, end)) in CASES.iter().enumerate() {
        let key = format!("ACME_BANK:CASE-{index}");
        for (nth, (method, want)) in calls.split(", ").map(|call| call.split_once(' ').unwrap()).enumerate() {
            let method = ["POST", "GET", "DELETE"].into_iter().find(|name| name.starts_with(method)).unwrap();
            let request = cms.call(method, &key, script);
            if want == "hangs" {
                // The call must have arrived before its caller gives up.
                let call = tokio::spawn(answer(request));
                cms.settled(&key, |_| true).await;
                assert!(tokio::time::timeout(PATIENCE, call).await.is_err(), "{script}, call {nth}");
            } else {
                assert_eq!(words(&key, answer(request).await), want, "{script}, call {nth}: {method}");
            }
        }
        let entry = cms.entry(&key).unwrap();
        assert_eq!((entry.placements, entry.cards, entry.status.as_str()), *end, "{script}");
    }
    // Neither the calls that hang nor the late orders keep it from stopping.
    cms.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_read_over_http_and_outlives_its_simulator() {
    let cms = Cms::start(NEVER).await;
    for key in ["GLOBEX:B", "ACME_BANK:C", "ACME_BANK:A"] {
        assert_eq!(cms.say("POST", key, "429").await, "429");
    }
    let first = "ACME_BANK:F";
    assert_eq!(cms.say("POST", first, "flap").await, "202 ACCEPTED");
    assert_eq!(cms.say("GET", first, "flap").await, "200 PROCESSED");
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
    let reopened = Cms::open(Arc::clone(&cms.folder), NEVER).await;
    assert_eq!(reopened.simulator.ledger().unwrap(), cms.simulator.ledger().unwrap());
    cms.stop().await;
    // Scripts and counters go on where they stood, whatever the repeated call says.
    assert_eq!(reopened.say("GET", first, "flap").await, "200 ACCEPTED");
    for want in ["429", "202 ACCEPTED"] {
        assert_eq!(reopened.say("POST", "GLOBEX:B", "reject").await, want);
    }
    reopened.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_the_same_time_with_one_key_are_one_order() {
    let cms = Cms::start(NEVER).await;
    for (script, placements) in [("accept", 1), ("doubled", 1), ("no-idempotency", 16)] {
        let key = format!("ACME_BANK:{script}");
        let calls = (0..16).map(|_| answer(cms.call("POST", &key, script)));
        let answers = futures_util::future::join_all(calls).await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(cms.entry(&key).unwrap().placements, placements, "{script}");
    }
    cms.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_order_is_applied_once_and_never_after_a_void() {
    let cms = Cms::start(Duration::ZERO).await;
    let key = "ACME_BANK:LATE";
    assert_eq!(cms.say("POST", key, "late").await, "503");
    cms.settled(key, |entry| entry.status == "ACCEPTED").await;
    assert_eq!(cms.say("POST", key, "late").await, "202 ACCEPTED");
    assert_eq!(cms.say("GET", key, "late").await, "200 SUCCESS");
    assert_eq!(cms.entry(key).unwrap().placements, 1);
    // Whoever comes first, the void or the order: what the void answered is what holds.
    for n in 0..50 {
        let key = format!("ACME_BANK:RACE-{n}");
        assert_eq!(cms.say("POST", &key, "late").await, "503");
        let said = cms.say("DELETE", &key, "late").await;
        let again = cms.say("POST", &key, "late").await;
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
    let cms = Cms::start(NEVER).await;
    let key = "ACME_BANK:ORD-1";
    let good = order(key, "accept");
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(field).unwrap() = value;
        body.to_string()
    };
    let posts: [(Option<&str>, String, u16, &str); 11] = [
        (None, good.to_string(), 400, "the header Idempotency-Key is missing"),
        (Some("ACME_BANK:ORD-2"), good.to_string(), 400, "differ"),
        (Some(key), String::new(), 400, "line 1 column 0"),
        (Some(key), "{\"key\": \"secret\"".to_owned(), 400, "line 1 column"),
        (Some(key), "[]".to_owned(), 400, "the body is not an order"),
        (Some(key), json!({ "key": key }).to_string(), 400, "missing field `tenant`"),
        (Some(key), with("/orderId", "ORD-3".into()), 400, "joined by a colon"),
        (Some("B:\u{e4}"), with("/key", "B:\u{e4}".into()), 400, "joined by a colon"),
        (Some(key), with("/lines", json!([])), 400, "one or more"),
        (Some(key), with("/lines/1/quantity", json!(0)), 400, "above 0"),
        (Some(key), with("/branch/id", "x".repeat(256 * 1024).into()), 413, "256 KiB"),
    ];
    for (header, body, want, why) in posts {
        let (status, text) = answer(cms.post(header, body)).await.expect(why);
        let message = &serde_json::from_str::<Value>(&text).unwrap()["message"];
        assert_eq!(status, want, "{message}");
        assert!(message.as_str().unwrap().contains(why) && !text.contains("secret"), "{message}");
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
    assert_eq!(cms.say("POST", key, "accept").await, "202 ACCEPTED");
    assert_eq!(words(key, answer(cms.request("GET", "/orders/ACME_BANK%3AORD-1")).await), "200 SUCCESS");
    let response = cms.call("POST", "ACME_BANK:T-1", "429").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    cms.stop().await;
}
