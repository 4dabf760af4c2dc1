//! `POST /card-order/withFile`

use serde_json::{Value, json};

use crate::support::{Service, kits_marked, order_with_file, pgk};

const ROUTE: &str = "/card-order/withFile";

#[tokio::test]
async fn an_order_takes_its_file_and_a_cancelled_one_gives_it_back() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let first = service.create_with_file(order_with_file("ORD-1", "kits.txt")).await;
    assert_eq!(
        (first.status, &first.body["result"], first.header("order-id")),
        (200, &json!("success"), Some("ORD-1"))
    );
    assert_eq!(service.status("ORD-1").await, "RECEIVED");

    let second = service.create_with_file(order_with_file("ORD-2", "kits.txt")).await;
    assert_eq!((second.status, second.code()), (400, "ORD006"));
    assert_eq!(second.faults(), ["fileName is already used by another order"]);

    assert!(service.cancel("ORD-1").await.is_ok());
    assert_eq!(service.cancel("ORD-1").await.code(), "ORD003");
    assert!(service.create_with_file(order_with_file("ORD-2", "kits.txt")).await.is_ok());
    // The first order's answer stands, although the file serves another order now.
    let replay = service.create_with_file(order_with_file("ORD-1", "kits.txt")).await;
    assert_eq!((replay.status, replay.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(service.status("ORD-1").await, "CANCELLED");
}

#[tokio::test]
async fn the_lines_must_be_the_kits_of_the_file() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let mut body = order_with_file("ORD-1", "kits.txt");
    body["products"][1]["quantity"] = 2.into();
    let answer = service.create_with_file(&body).await;
    assert_eq!(
        (answer.status, answer.code(), answer.faults()),
        (400, "ORD007", vec!["products[1].quantity is 2, the file has 1"])
    );
    body["products"] = json!([{ "productId": "PROD-001", "bin": "60804012", "quantity": 2, "plasticCode": "99" }]);
    assert_eq!(
        service.create_with_file(&body).await.faults(),
        [
            "products[0].quantity is 2, the file has 0",
            "the file's group 1 has 2 kits that no line of the order asks for",
            "the file's group 2 has 1 kits that no line of the order asks for",
        ]
    );
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
}

#[tokio::test]
async fn a_file_must_be_named_and_be_there() {
    let service = Service::start().await;
    let mut body = order_with_file("ORD-1", "kits.txt");
    assert_eq!(service.create_with_file(&body).await.faults(), ["fileName is not the name of an uploaded file"]);
    body["products"][0]["cardType"] = "VIRTUAL".into();
    body["fileName"] = Value::Null;
    assert_eq!(
        service.create_with_file(&body).await.faults(),
        ["products[0].cardType must be PHYSICAL in an order with a file", "fileName is required"]
    );
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let theirs = service.post_as("GLOBEX", ROUTE, &order_with_file("ORD-1", "kits.txt")).await;
    assert_eq!(theirs.faults(), ["fileName is not the name of an uploaded file"]);
}

#[tokio::test]
async fn the_same_id_with_another_file_is_another_order() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    assert!(service.upload("more.txt", &kits_marked("M")).await.is_ok());
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
    for other in ["more.txt", "none.txt"] {
        let answer = service.create_with_file(order_with_file("ORD-1", other)).await;
        assert_eq!((answer.status, answer.code()), (409, "ORD005"), "{other}");
    }
}

#[tokio::test]
async fn a_dry_run_takes_no_file() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let dry = [("tenant", "ACME_BANK"), ("dry-run", "true")];
    for _ in 0..2 {
        let answer = service.post_with(ROUTE, &dry, &order_with_file("ORD-1", "kits.txt")).await;
        assert_eq!(
            (answer.status, answer.header("dry-run"), answer.header("idempotent-replayed")),
            (200, Some("true"), None)
        );
    }
    let mut body = order_with_file("ORD-1", "kits.txt");
    body["products"][0]["quantity"] = 9.into();
    assert_eq!(service.post_with(ROUTE, &dry, &body).await.code(), "ORD007");
    assert!(service.create_with_file(order_with_file("ORD-2", "kits.txt")).await.is_ok());
    assert_eq!(service.post_with(ROUTE, &dry, &order_with_file("ORD-1", "kits.txt")).await.code(), "ORD006");
}
