//! `POST /card-order/retry-stuck-pending`.

use jiff::SignedDuration;
use serde_json::json;

use crate::processing::scripted;
use crate::support::Service;

#[tokio::test]
async fn an_order_that_was_left_in_the_middle_is_taken_up_once_it_is_stuck() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("ORD-1", "drop-before")).await.is_ok());
    assert_eq!(service.post("/card-order/process", &json!({})).await.code(), "ORD009");
    // Its pause is ten seconds at most, and then it is stuck after another quarter of an hour.
    for (by, placements) in [(SignedDuration::from_mins(14), 0), (SignedDuration::from_mins(2), 1)] {
        clock.advance(by);
        let answer = service.post("/card-order/retry-stuck-pending", &json!({})).await;
        assert_eq!((answer.status, &answer.body["result"]), (200, &json!(true)));
        assert_eq!(service.stack.simulator.ledger().unwrap()[0].placements, placements, "{by}");
    }
    assert_eq!(service.status("ORD-1").await, "PENDING");
}

#[tokio::test]
async fn an_order_that_the_card_management_system_has_is_not_stuck() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.create(scripted("ORD-1", "accept")).await.is_ok());
    assert!(service.post("/card-order/process", &json!({})).await.is_ok());
    clock.advance(SignedDuration::from_hours(48));
    assert_eq!(service.post("/card-order/retry-stuck-pending", &json!({})).await.body["result"], json!(true));
    assert_eq!(service.status("ORD-1").await, "PENDING");
}
