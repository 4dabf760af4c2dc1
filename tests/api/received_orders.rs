//! `POST /card-order/received`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Answer, Service, TestClock, order};

const ROUTE: &str = "/card-order/received";

/// Places one order per second; every third one is from another branch.
async fn with_orders(count: usize) -> (Service, TestClock) {
    let (service, clock) = Service::start_with_clock().await;
    for n in 0..count {
        let mut body = order(&format!("ORD-{n:02}"));
        if n % 3 == 2 {
            body["branchInfo"]["branchId"] = "77".into();
        }
        assert!(service.create(&body).await.is_ok());
        clock.advance(SignedDuration::from_secs(1));
    }
    (service, clock)
}

fn ids(answer: &Answer) -> Vec<String> {
    let orders = answer.body["result"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    orders.iter().map(|order| order["cardOrderId"].as_str().unwrap().to_owned()).collect()
}

fn next_token(answer: &Answer) -> Option<String> {
    answer.body["pagination"]["nextToken"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn received_orders_are_listed_the_oldest_first_page_by_page() {
    let (service, _) = with_orders(23).await;
    for size in [1, 5, 23, 100] {
        let (mut listed, mut token, mut pages) = (Vec::new(), None, 0);
        loop {
            let mut query = json!({ "pageSize": size });
            query["nextToken"] = token.take().map_or(Value::Null, Value::String);
            let answer = service.post(ROUTE, &query).await;
            assert!(ids(&answer).len() <= size);
            listed.extend(ids(&answer));
            pages += 1;
            token = next_token(&answer);
            if token.is_none() {
                break;
            }
        }
        let want: Vec<String> = (0..23).map(|n| format!("ORD-{n:02}")).collect();
        assert_eq!((listed, pages), (want, 23usize.div_ceil(size)), "{size} a page");
    }
}

#[tokio::test]
async fn a_listed_order_says_whose_it_is_and_since_when() {
    let (service, _) = with_orders(1).await;
    let answer = service.post(ROUTE, &json!({})).await;
    let mut listed = answer.body["result"][0].clone();
    assert!(listed["cardOrderName"].take().as_str().unwrap().bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(
        listed,
        json!({ "cardOrderId": "ORD-00", "cardOrderName": null, "branchId": "12345", "status": "RECEIVED",
                "receivedAt": "2026-01-15T10:00:00.000Z" })
    );
    assert_eq!(answer.body["pagination"], Value::Null);
}

#[tokio::test]
async fn a_branch_and_an_age_can_be_asked_for() {
    let (service, clock) = with_orders(12).await;
    let of_77 = service.post(ROUTE, &json!({ "branchId": "77" })).await;
    assert_eq!(ids(&of_77), ["ORD-02", "ORD-05", "ORD-08", "ORD-11"]);
    assert_eq!(ids(&service.post(ROUTE, &json!({ "branchId": "78" })).await), Vec::<String>::new());
    assert_eq!(ids(&service.post(ROUTE, &json!({ "thresholdMinutes": 1 })).await), Vec::<String>::new());
    // The first was received 12 seconds ago, the last one second ago.
    clock.advance(SignedDuration::from_secs(51));
    let old = service.post(ROUTE, &json!({ "thresholdMinutes": 1, "pageSize": 2 })).await;
    assert_eq!(ids(&old), ["ORD-00", "ORD-01"]);
    let rest = service.post(ROUTE, &json!({ "thresholdMinutes": 1, "nextToken": next_token(&old) })).await;
    assert_eq!((ids(&rest), next_token(&rest)), (vec!["ORD-02".to_owned(), "ORD-03".to_owned()], None));
}

#[tokio::test]
async fn a_page_has_twenty_orders_by_default_and_every_fault_of_a_query_is_named() {
    let (service, _) = with_orders(21).await;
    assert_eq!(ids(&service.post(ROUTE, &json!({ "nextToken": null })).await).len(), 20);
    let whole = json!({ "branchId": "7", "thresholdMinutes": 0, "pageSize": 100, "nextToken": null });
    assert!(service.post(ROUTE, &whole).await.is_ok());
    let faulty = json!({ "branchId": "", "thresholdMinutes": -1, "pageSize": 101, "nextToken": "a=b", "page": 1 });
    assert_eq!(
        service.post(ROUTE, &faulty).await.faults(),
        [
            "branchId must be a string of 1 to 32 letters, digits, '_' or '-'",
            "thresholdMinutes must be an integer from 0 to 527040",
            "pageSize must be an integer from 1 to 100",
            "nextToken must be the nextToken of an answer to the same query",
            "page is not a known field",
        ]
    );
}

#[tokio::test]
async fn what_is_not_received_any_more_is_not_listed() {
    let (service, clock) = with_orders(4).await;
    assert!(service.cancel("ORD-00").await.is_ok());
    assert!(service.process("ORD-01").await.is_ok());
    assert_eq!(ids(&service.post(ROUTE, &json!({})).await), ["ORD-02", "ORD-03"]);
    // Nobody has written down yet that they expired.
    clock.advance(SignedDuration::from_hours(24 * 31));
    assert_eq!(ids(&service.post(ROUTE, &json!({})).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_serves_its_tenant_and_its_query_only() {
    let (service, _) = with_orders(9).await;
    assert!(service.post_as("GLOBEX", "/card-order", &order("ORD-00")).await.is_ok());
    let token = next_token(&service.post(ROUTE, &json!({ "pageSize": 2 })).await).unwrap();
    let good = service.post(ROUTE, &json!({ "nextToken": token, "pageSize": 3 })).await;
    assert_eq!(ids(&good), ["ORD-02", "ORD-03", "ORD-04"]);
    let mut forged = token.clone();
    forged.replace_range(0..1, if token.starts_with('A') { "B" } else { "A" });
    for (tenant, query) in [
        ("GLOBEX", json!({ "nextToken": token })),
        ("ACME_BANK", json!({ "nextToken": token, "branchId": "77" })),
        ("ACME_BANK", json!({ "nextToken": token, "thresholdMinutes": 1 })),
        ("ACME_BANK", json!({ "nextToken": forged })),
        ("ACME_BANK", json!({ "nextToken": format!("{token}A") })),
        ("ACME_BANK", json!({ "nextToken": "A" })),
        ("ACME_BANK", json!({ "nextToken": "" })),
        ("ACME_BANK", json!({ "nextToken": 7 })),
    ] {
        let answer = service.post_as(tenant, ROUTE, &query).await;
        assert_eq!((answer.status, answer.code()), (400, "ORD001"), "{query}");
        assert_eq!(answer.faults(), ["nextToken must be the nextToken of an answer to the same query"], "{query}");
    }
}
