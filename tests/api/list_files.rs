//! `POST /card-order/listFiles`.

use aws_sdk_s3::primitives::ByteStream;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::api::Function;

use crate::support::wire::cost_of_route;
use crate::support::{Answer, Service, TestClock, kits_marked, order_with_file, pgk};

const ROUTE: &str = "/card-order/listFiles";

fn names(answer: &Answer) -> Vec<&str> {
    let files = answer.body["result"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    files.iter().map(|file| file["fileName"].as_str().unwrap()).collect()
}

/// Seven valid files, one per second.
async fn with_files() -> (Service, TestClock) {
    let (service, clock) = Service::start_with_clock().await;
    for n in 0..7 {
        let uploaded = service.upload(&format!("kits-{n}.txt"), &kits_marked(&format!("F{n}X"))).await;
        assert!(uploaded.is_ok(), "{}", uploaded.text);
        clock.advance(SignedDuration::from_secs(1));
    }
    (service, clock)
}

#[tokio::test]
async fn files_are_listed_the_newest_first_page_by_page() {
    let (service, _) = with_files().await;
    let (mut listed, mut query) = (Vec::new(), json!({ "pageSize": 3 }));
    for rows in [3, 3, 1] {
        let page = service.post(ROUTE, &query).await;
        assert_eq!(names(&page).len(), rows);
        listed.extend(names(&page).into_iter().map(str::to_owned));
        query["nextToken"] = page.body["pagination"]["nextToken"].clone();
    }
    assert_eq!(query["nextToken"], Value::Null);
    assert_eq!(listed, (0..7).rev().map(|n| format!("kits-{n}.txt")).collect::<Vec<_>>());
    let bounded = json!({ "fromDate": "2026-01-15T10:00:02Z", "toDate": "2026-01-15T10:00:04Z" });
    assert_eq!(names(&service.post(ROUTE, &bounded).await), ["kits-4.txt", "kits-3.txt", "kits-2.txt"]);
    assert!(names(&service.post_as("GLOBEX", ROUTE, &json!({})).await).is_empty());
    let faulty = json!({ "status": "GONE", "pageSize": 101, "nextToken": "", "branchId": "1" });
    assert_eq!(
        service.post(ROUTE, &faulty).await.faults(),
        [
            "status must be one of STORED, VALIDATING, VALID, INVALID",
            "pageSize must be an integer from 1 to 100",
            "nextToken must be the nextToken of an answer to the same query",
            "branchId is not a known field",
        ]
    );
}

#[tokio::test]
async fn a_row_says_what_became_of_a_file_and_who_uses_it() {
    let (service, clock) = Service::start_with_clock().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(service.upload("same.txt", &pgk("valid-3.txt")).await.code(), "ORD002");
    let key = "t/ACME_BANK/inbox/kits (1).txt";
    let put = service.s3().put_object().bucket(local::stack::BUCKET).key(key).body(ByteStream::from_static(b"x"));
    put.send().await.unwrap();
    service.file_settled("kits (1).txt", "INVALID").await;
    let mut files = service.post(ROUTE, &json!({})).await.body["result"].clone();
    // The event of a drop has the time of the bucket.
    assert!(files[0]["receivedAt"].take().is_string());
    assert_eq!(
        files,
        json!([
            { "fileName": "/inbox/kits (1).txt", "status": "INVALID", "details": 0, "receivedAt": null,
              "cardOrderId": null, "firstFault": files[0]["firstFault"] },
            { "fileName": "same.txt", "status": "INVALID", "details": 3, "receivedAt": "2026-01-15T10:00:01.000Z",
              "cardOrderId": null, "firstFault": "line 2: kitNo: must be unique among the tenant's kits" },
            { "fileName": "kits.txt", "status": "VALID", "details": 3, "receivedAt": "2026-01-15T10:00:00.000Z",
              "cardOrderId": "ORD-1", "firstFault": null },
        ])
    );
    assert!(files[0]["firstFault"].as_str().unwrap().starts_with("file: "), "{files}");
    let valid = service.post(ROUTE, &json!({ "status": "VALID" })).await;
    assert_eq!(names(&valid), ["kits.txt"]);
    let invalid = service.post(ROUTE, &json!({ "status": "INVALID" })).await;
    assert_eq!(names(&invalid), ["/inbox/kits (1).txt", "same.txt"]);
}

#[tokio::test]
async fn a_file_whose_content_was_replaced_is_listed_once_as_the_newest() {
    let (service, clock) = with_files().await;
    assert!(service.upload("kits-3.txt", &kits_marked("F9X")).await.is_ok());
    clock.advance(SignedDuration::from_secs(1));
    let listed = service.post(ROUTE, &json!({})).await;
    let want: Vec<String> = [3, 6, 5, 4, 2, 1, 0].iter().map(|n| format!("kits-{n}.txt")).collect();
    assert_eq!(names(&listed), want);
    // A file that was invalid and is replaced needs no attention any more.
    assert_eq!(service.upload("bad.txt", &kits_marked("F9X")).await.code(), "ORD002");
    let invalid = async || service.post("/card-order/attention", &json!({})).await.body["result"][4]["count"].clone();
    assert_eq!(invalid().await, 1);
    assert!(service.upload("bad.txt", &kits_marked("F8X")).await.is_ok());
    assert_eq!(invalid().await, 0);
}

#[tokio::test]
async fn a_page_of_files_costs_a_read_unit_for_each_of_them() {
    let (service, _) = with_files().await;
    let seen = cost_of_route(&service, SignedDuration::ZERO, Function::FetchFile, Some(ROUTE), &json!({})).await;
    let units: f64 = seen.iter().map(|seen| seen.units).sum();
    assert!(units <= 8.0, "{units}: {seen:?}");
}
