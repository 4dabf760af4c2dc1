//! `POST /card-order/fetchStatus`

use jiff::SignedDuration;
use serde_json::json;

use crate::support::{Service, order};

const ROUTE: &str = "/card-order/fetchStatus";

#[tokio::test]
async fn a_status_has_the_lines_in_the_order_of_the_request() {
    let service = Service::start().await;
    let mut body = order("ORD-1");
    body["products"] = json!([
        { "productId": "B", "bin": "608040", "quantity": 7, "cardType": "VIRTUAL" },
        { "productId": "A", "bin": "60804012", "quantity": 1 },
    ]);
    assert!(service.create(&body).await.is_ok());
    let answer = service.fetch_status("ORD-1").await;
    insta::assert_json_snapshot!(answer.body);
}

#[tokio::test]
async fn an_order_past_its_validity_reads_expired() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start_after(SignedDuration::ZERO, data.path()).await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    service.stack.stop().await;
    let almost = SignedDuration::from_hours(30 * 24) - SignedDuration::from_secs(1);
    let service = Service::start_after(almost, data.path()).await;
    assert_eq!(service.status("ORD-1").await, "RECEIVED");
    service.stack.stop().await;
    let service = Service::start_after(SignedDuration::from_hours(30 * 24), data.path()).await;
    let answer = service.fetch_status("ORD-1").await;
    assert_eq!(answer.body["result"]["status"], "EXPIRED");
    assert_eq!(answer.body["result"]["productDetails"][0]["status"], "EXPIRED");
}

#[tokio::test]
async fn another_tenants_order_reads_like_a_missing_one() {
    let service = Service::start().await;
    assert!(service.create(order("ORD-1")).await.is_ok());
    let theirs = service.post_as("GLOBEX", ROUTE, &json!({ "cardOrderId": "ORD-1" })).await;
    let missing = service.post_as("GLOBEX", ROUTE, &json!({ "cardOrderId": "ORD-2" })).await;
    assert_eq!((theirs.status, theirs.code()), (404, "ORD004"));
    assert_eq!(theirs.text, missing.text);
    let names = |headers: &reqwest::header::HeaderMap| headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&theirs.headers), names(&missing.headers));
}
