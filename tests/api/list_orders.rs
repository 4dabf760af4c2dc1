//! `POST /card-order/list`.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::api::Function;

use crate::processing::scripted;
use crate::support::wire::cost_of;
use crate::support::{Answer, Service, TestClock, order};

const ROUTE: &str = "/card-order/list";

fn of_branch(id: &str, branch: &str) -> Value {
    let mut body = order(id);
    body["branchInfo"]["branchId"] = branch.into();
    body
}

/// Places one order per second; every third one is from another branch.
async fn with_orders(count: usize) -> (Service, TestClock) {
    let (service, clock) = Service::start_with_clock().await;
    for n in 0..count {
        let branch = if n % 3 == 2 { "77" } else { "12345" };
        assert!(service.create(of_branch(&format!("ORD-{n:02}"), branch)).await.is_ok());
        clock.advance(SignedDuration::from_secs(1));
    }
    (service, clock)
}

pub fn ids(answer: &Answer) -> Vec<String> {
    let orders = answer.body["result"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    orders.iter().map(|order| order["cardOrderId"].as_str().unwrap().to_owned()).collect()
}

/// All pages of a query, with how many there were.
async fn pages(service: &Service, query: &Value) -> (Vec<String>, usize) {
    let (mut listed, mut pages, mut query) = (Vec::new(), 0, query.clone());
    loop {
        let answer = service.post(ROUTE, &query).await;
        listed.extend(ids(&answer));
        pages += 1;
        query["nextToken"] = answer.body["pagination"]["nextToken"].clone();
        if query["nextToken"].is_null() {
            return (listed, pages);
        }
    }
}

#[tokio::test]
async fn orders_of_a_status_or_a_branch_are_listed_the_newest_first_page_by_page() {
    let (service, _) = with_orders(23).await;
    let all: Vec<String> = (0..23).rev().map(|n| format!("ORD-{n:02}")).collect();
    let of_77: Vec<String> = [20, 17, 14, 11, 8, 5, 2].iter().map(|n| format!("ORD-{n:02}")).collect();
    for size in [1, 5, 23, 100] {
        let of_status = pages(&service, &json!({ "status": "RECEIVED", "pageSize": size })).await;
        assert_eq!(of_status, (all.clone(), 23usize.div_ceil(size)), "{size} a page");
        let of_branch = pages(&service, &json!({ "branchId": "77", "pageSize": size })).await;
        assert_eq!(of_branch, (of_77.clone(), 7usize.div_ceil(size)), "{size} a page");
        let of_both = pages(&service, &json!({ "branchId": "77", "status": "RECEIVED", "pageSize": size })).await;
        assert_eq!(of_both.0, of_77, "{size} a page");
    }
    assert_eq!(ids(&service.post(ROUTE, &json!({ "branchId": "78" })).await), Vec::<String>::new());
    assert_eq!(ids(&service.post(ROUTE, &json!({ "status": "FAILED" })).await), Vec::<String>::new());
    assert!(ids(&service.post_as("GLOBEX", ROUTE, &json!({ "branchId": "12345" })).await).is_empty());
}

#[tokio::test]
async fn a_row_says_where_an_order_stands_and_since_when() {
    let (service, clock) = Service::start_with_clock().await;
    let mut later = order("LATER");
    later["processStartTime"] = "2026-01-16 10:00:00".into();
    assert!(service.create(&later).await.is_ok());
    assert!(service.create(scripted("SENT", "accept")).await.is_ok());
    clock.advance(SignedDuration::from_secs(90));
    assert!(service.process("SENT").await.is_ok());
    let answer = service.post(ROUTE, &json!({ "branchId": "12345" })).await;
    let mut rows = answer.body["result"].clone();
    for row in rows.as_array_mut().unwrap() {
        assert!(row["cardOrderName"].take().as_str().unwrap().bytes().all(|byte| byte.is_ascii_digit()));
    }
    let row = |id: &str, status: &str, since: &str, scheduled: &str, quantity: u32| {
        json!({ "cardOrderId": id, "cardOrderName": null, "branchId": "12345", "status": status,
                "receivedAt": "2026-01-15T10:00:00.000Z", "statusSince": since, "scheduledAt": scheduled,
                "quantity": quantity, "onHold": false, "approval": null })
    };
    let now = "2026-01-15T10:00:00.000Z";
    assert_eq!(
        rows,
        json!([
            row("SENT", "PENDING", "2026-01-15T10:01:30.000Z", now, 25),
            row("LATER", "RECEIVED", now, "2026-01-16T10:00:00.000Z", 5),
        ])
    );
    assert_eq!(answer.body["pagination"], Value::Null);
}

#[tokio::test]
async fn live_and_ended_orders_of_a_branch_stand_side_by_side_and_what_failed_or_expired_is_listed_by_status() {
    let (service, clock) = Service::start_with_clock().await;
    for (id, script) in [("FAILED", "reject"), ("SUCCESS", "accept"), ("CANCELLED", "accept"), ("EXPIRED", "accept")] {
        let mut body = scripted(id, script);
        body["validity"] = 1.into();
        assert!(service.create(&body).await.is_ok());
        clock.advance(SignedDuration::from_secs(1));
    }
    assert!(service.cancel("CANCELLED").await.is_ok());
    for id in ["FAILED", "SUCCESS"] {
        assert!(service.process(id).await.is_ok());
    }
    assert!(service.sync("SUCCESS").await.is_ok());
    clock.advance(SignedDuration::from_hours(25));
    let ended = ["EXPIRED", "CANCELLED", "SUCCESS", "FAILED"];
    // Before its expiry was written down, and after.
    for _ in 0..2 {
        let of_branch = service.post(ROUTE, &json!({ "branchId": "12345" })).await;
        assert_eq!(ids(&of_branch), ended);
        let rows = of_branch.body["result"].as_array().unwrap();
        assert!(rows.iter().zip(ended).all(|(row, status)| row["status"] == status), "{}", of_branch.text);
        assert_eq!(rows[0]["statusSince"], "2026-01-16T10:00:03.000Z");
        for status in ended {
            let query = json!({ "branchId": "12345", "status": status });
            assert_eq!(ids(&service.post(ROUTE, &query).await), [status]);
        }
        assert!(ids(&service.post(ROUTE, &json!({ "status": "RECEIVED" })).await).is_empty());
        crate::work_due::turn(&service.stack.handlers, &[crate::work_due::ACME]).await;
    }
    for status in ["FAILED", "EXPIRED"] {
        assert_eq!(ids(&service.post(ROUTE, &json!({ "status": status })).await), [status]);
    }
}

#[tokio::test]
async fn the_bounds_of_a_list_belong_to_it() {
    let (service, _) = with_orders(6).await;
    let list = async |from: Option<&str>, to: Option<&str>| {
        let query = json!({ "status": "RECEIVED", "fromDate": from, "toDate": to });
        let of_status = ids(&service.post(ROUTE, &query).await);
        let query = json!({ "branchId": "12345", "fromDate": from, "toDate": to });
        let of_branch = ids(&service.post(ROUTE, &query).await);
        let expected: Vec<String> =
            of_status.iter().filter(|id| !["ORD-02", "ORD-05"].contains(&id.as_str())).cloned().collect();
        assert_eq!(of_branch, expected);
        of_status
    };
    let (second, fifth) = (Some("2026-01-15T10:00:01Z"), Some("2026-01-15T15:30:04+05:30"));
    assert_eq!(list(second, fifth).await, ["ORD-04", "ORD-03", "ORD-02", "ORD-01"]);
    assert_eq!(list(Some("2026-01-15T10:00:01.001Z"), None).await, ["ORD-05", "ORD-04", "ORD-03", "ORD-02"]);
    assert_eq!(list(None, Some("2026-01-15T10:00:00.999Z")).await, ["ORD-00"]);
    assert_eq!(list(Some("2026-01-16T00:00:00Z"), None).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_fault_of_a_query_is_named_at_once() {
    let service = Service::start().await;
    let faulty = json!({ "status": "SUCCESS", "fromDate": "2026-01-15", "toDate": 7, "pageSize": 0, "nextToken": "a=b", "page": 1 });
    assert_eq!(
        service.post(ROUTE, &faulty).await.faults(),
        [
            "status must be one of RECEIVED, PENDING, PROCESSED, FAILED, EXPIRED where branchId is absent",
            "fromDate must be an instant as RFC 3339, such as 2026-01-15T10:00:00Z",
            "toDate must be an instant as RFC 3339, such as 2026-01-15T10:00:00Z",
            "pageSize must be an integer from 1 to 100",
            "nextToken must be the nextToken of an answer to the same query",
            "page is not a known field",
        ]
    );
    for (query, fault) in [
        (json!({}), "status or branchId is required"),
        (json!({ "status": null, "pageSize": 5 }), "status or branchId is required"),
        (
            json!({ "status": "DONE" }),
            "status must be one of RECEIVED, PENDING, PROCESSED, SUCCESS, FAILED, CANCELLED, EXPIRED",
        ),
        (
            json!({ "status": "PENDING", "fromDate": "2026-01-15T10:00:00Z", "toDate": "2026-01-15T09:59:59Z" }),
            "toDate must not be before fromDate",
        ),
    ] {
        let answer = service.post(ROUTE, &query).await;
        assert_eq!((answer.status, answer.code(), answer.faults()), (400, "ORD001", vec![fault]), "{query}");
    }
}

#[tokio::test]
async fn a_token_serves_its_tenant_its_route_and_its_query_only() {
    let (service, _) = with_orders(9).await;
    let first = service.post(ROUTE, &json!({ "status": "RECEIVED", "pageSize": 2 })).await;
    let token = first.body["pagination"]["nextToken"].as_str().unwrap();
    let next = service.post(ROUTE, &json!({ "status": "RECEIVED", "nextToken": token, "pageSize": 3 })).await;
    assert_eq!(ids(&next), ["ORD-06", "ORD-05", "ORD-04"]);
    let mut forged = token.to_owned();
    forged.replace_range(0..1, if token.starts_with('A') { "B" } else { "A" });
    for (tenant, route, query) in [
        ("GLOBEX", ROUTE, json!({ "status": "RECEIVED", "nextToken": token })),
        ("ACME_BANK", ROUTE, json!({ "status": "PENDING", "nextToken": token })),
        ("ACME_BANK", ROUTE, json!({ "status": "RECEIVED", "branchId": "77", "nextToken": token })),
        ("ACME_BANK", ROUTE, json!({ "status": "RECEIVED", "fromDate": "2026-01-15T10:00:00Z", "nextToken": token })),
        ("ACME_BANK", ROUTE, json!({ "status": "RECEIVED", "nextToken": forged })),
        ("ACME_BANK", "/card-order/received", json!({ "nextToken": token })),
        ("ACME_BANK", "/card-order/listFiles", json!({ "nextToken": token })),
    ] {
        let answer = service.post_as(tenant, route, &query).await;
        assert_eq!((answer.status, answer.code()), (400, "ORD001"), "{route}: {query}");
        assert_eq!(answer.faults(), ["nextToken must be the nextToken of an answer to the same query"], "{query}");
    }
}

#[tokio::test]
async fn a_page_that_a_status_leaves_short_has_a_token_to_go_on() {
    let (service, _) = with_orders(30).await;
    assert!(service.cancel("ORD-00").await.is_ok());
    let query = json!({ "branchId": "12345", "status": "CANCELLED", "pageSize": 1 });
    let first = service.post(ROUTE, &query).await;
    // Twenty orders of the branch, ten of which were read.
    assert!(ids(&first).is_empty());
    assert!(first.body["pagination"]["nextToken"].is_string());
    assert_eq!(pages(&service, &query).await, (vec!["ORD-00".to_owned()], 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orders_are_listed_in_order_none_twice_and_none_missed_while_others_change() {
    const ORDERS: usize = 1_000;
    let (service, clock) = Service::start_with_clock().await;
    let service = Arc::new(service);
    let place = |id: String| {
        let service = Arc::clone(&service);
        async move { assert!(service.create(of_branch(&id, "BR-1")).await.is_ok()) }
    };
    let ids_of = |n: usize| format!("ORD-{n:04}");
    futures_util::stream::iter((0..ORDERS).map(|n| place(ids_of(n)))).buffer_unordered(16).collect::<Vec<()>>().await;
    clock.advance(SignedDuration::from_secs(1));
    let changes = async {
        for n in (0..ORDERS).step_by(20) {
            let cancel = json!({ "orderId": ids_of(n), "branchId": "BR-1" });
            assert!(service.post("/card-order/cancel", &cancel).await.is_ok());
            assert!(service.create(of_branch(&format!("NEW-{n:04}"), "BR-1")).await.is_ok());
        }
    };
    let listing = async {
        let mut listed: Vec<(String, String)> = Vec::new();
        let mut query = json!({ "branchId": "BR-1", "pageSize": 25 });
        loop {
            let answer = service.post(ROUTE, &query).await;
            let rows = answer.body["result"].as_array().unwrap();
            let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
            listed.extend(rows.iter().map(|row| (text(row, "receivedAt"), text(row, "cardOrderId"))));
            query["nextToken"] = answer.body["pagination"]["nextToken"].clone();
            if query["nextToken"].is_null() {
                return listed;
            }
        }
    };
    let ((), listed) = tokio::join!(changes, listing);
    assert!(listed.is_sorted_by(|newer, older| newer > older), "newest first, and none twice");
    let old: BTreeSet<&str> = listed.iter().map(|(_, id)| id.as_str()).filter(|id| id.starts_with("ORD")).collect();
    assert_eq!(old.len(), ORDERS);
}

#[tokio::test]
async fn a_page_of_25_orders_costs_at_most_30_read_units() {
    let service = Service::start().await;
    for n in 0..60 {
        let mut body = of_branch(&format!("ORDER-2026-01-15-BRANCH-12345-{n:06}"), "12345");
        body["address"] = "12 Second Avenue~Anna Nagar~Chennai~IN".into();
        body["metaValues"] = json!({ "campaign": "NEW_YEAR" });
        assert!(service.create(&body).await.is_ok());
    }
    for query in [json!({ "status": "RECEIVED" }), json!({ "branchId": "12345" })] {
        let seen = cost_of(&service, Function::ListOrders, &query).await;
        let units: f64 = seen.iter().map(|seen| seen.units).sum();
        assert!((25.0..=30.0).contains(&units), "{query}: {units} units: {seen:?}");
    }
}
