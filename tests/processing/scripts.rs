//! Whatever the card management system does, an order ends as it should and is placed once.

use shared::domain::{Status, Step};

use super::{app_for, ledger, live, scripted};
use crate::support::Service;

/// A script, how the order ends, how often it was placed, and how many cards were made.
pub const SCRIPTS: [(&str, Status, u32, u64); 16] = [
    ("accept", Status::Success, 1, 25),
    ("reject", Status::Failed, 0, 0),
    ("accept-then-500", Status::Success, 1, 25),
    ("accept-then-hang", Status::Success, 1, 25),
    ("accept-then-fail", Status::Failed, 1, 0),
    ("drop-before", Status::Success, 1, 25),
    ("drop-after", Status::Success, 1, 25),
    ("late", Status::Success, 1, 25),
    ("429", Status::Success, 1, 25),
    ("malformed", Status::Success, 1, 25),
    ("huge", Status::Success, 1, 25),
    ("wrong-key", Status::Success, 1, 25),
    ("reject-line-2", Status::Failed, 1, 5),
    ("flap", Status::Success, 1, 25),
    ("doubled", Status::Success, 1, 25),
    ("unauthorized", Status::Success, 1, 25),
];

/// Scripts that no fact ends: the order is voided or put on hold.
pub const DEAD_ENDS: [(&str, Status, Step); 3] = [
    ("void-only", Status::Failed, Step::Ended),
    ("no-void", Status::Pending, Step::Held),
    ("never-answer", Status::Pending, Step::Held),
];

#[tokio::test]
async fn every_order_ends_as_it_should_and_is_placed_once() {
    let (service, clock) = Service::start_with_clock().await;
    for (script, status, placements, cards) in SCRIPTS {
        assert!(service.create(scripted(script, script)).await.is_ok());
        let app = app_for(script, &service, &clock, 10);
        assert_eq!(live(&app, &clock, script).await, (status, Step::Ended), "{script}");
        let (placed, printed, _) = ledger(&service, script);
        assert_eq!((placed, printed), (placements, cards), "{script}");
    }
}

#[tokio::test]
async fn an_order_that_nobody_answers_for_is_voided_or_waits_for_somebody() {
    let (service, clock) = Service::start_with_clock().await;
    for (script, status, step) in DEAD_ENDS {
        assert!(service.create(scripted(script, script)).await.is_ok());
        // Fewer attempts than open the breaker, behind which it would wait.
        let app = app_for(script, &service, &clock, 2);
        assert_eq!(live(&app, &clock, script).await, (status, step), "{script}");
        assert_eq!(ledger(&service, script).0, 0, "{script}");
    }
}

#[tokio::test]
async fn lines_have_the_status_that_they_were_given() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("ORD-1", "reject-line-2")).await.is_ok());
    live(&service.stack.handlers, &clock, "ORD-1").await;
    let answer = service.fetch_status("ORD-1").await;
    let lines = answer.body["result"]["productDetails"].as_array().unwrap();
    let statuses: Vec<_> = lines.iter().map(|line| line["status"].as_str().unwrap()).collect();
    assert_eq!((answer.body["result"]["status"].as_str().unwrap(), statuses), ("FAILED", vec!["SUCCESS", "FAILED"]));
}
