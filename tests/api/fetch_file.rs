//! `POST /card-order/fetchFile`

use serde_json::json;

use crate::support::{Service, pgk};

const ROUTE: &str = "/card-order/fetchFile";

#[tokio::test]
async fn a_file_says_what_it_holds() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let answer = service.fetch_file("kits.txt").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body["result"],
        json!({
            "fileName": "kits.txt", "status": "VALID", "details": 3,
            "products": [
                { "productId": "PROD-001", "bin": "60804012", "plasticCode": "71", "panLength": 16, "quantity": 2 },
                { "productId": "PROD-002", "bin": "608040", "plasticCode": "72", "panLength": 16, "quantity": 1 },
            ],
            "faults": [],
        })
    );
}

#[tokio::test]
async fn another_tenants_file_reads_like_a_missing_one() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let theirs = service.post_as("GLOBEX", ROUTE, &json!({ "fileName": "kits.txt" })).await;
    let missing = service.post_as("GLOBEX", ROUTE, &json!({ "fileName": "none.txt" })).await;
    assert_eq!((theirs.status, theirs.code()), (400, "ORD006"));
    assert_eq!(theirs.text, missing.text);
    assert_eq!(service.post(ROUTE, &json!({})).await.faults(), ["fileName is required"]);
}
