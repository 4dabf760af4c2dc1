//! `products`.

use serde_json::json;

use super::{Ran, run, run_with};
use crate::support::{Service, order};

/// Sets ACME_BANK's list to a document.
async fn set(service: &Service, document: &str, more: &[&str]) -> Ran {
    let endpoint = format!("http://{}", service.stack.dynamodb);
    let arguments = ["products", "set", "ACME_BANK", "-f", "-", "--json", "--endpoint", &endpoint];
    run_with(&[&arguments, more].concat(), &[], document).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_replaced_and_rules_what_can_be_ordered() {
    let service = Service::start().await;
    let list = json!([
        { "productId": "01", "bin": "608040", "plasticCodes": ["71", "72"] },
        { "productId": "02", "bin": "87654322" },
    ]);
    let mut want = list.clone();
    want[1]["plasticCodes"] = json!([]);
    assert_eq!(set(&service, &list.to_string(), &[]).await.json(), want);
    let refused = service.create(order("ORD-1")).await;
    assert_eq!(refused.code(), "ORD001");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("products.json");
    std::fs::write(&file, r#"[{"productId": "01", "bin": "87654322"}]"#).unwrap();
    let ran = run(&service, &["products", "set", "GLOBEX", "--file", file.to_str().unwrap()]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "PRODUCT  BIN       PLASTICS\n01       87654322  any\n"));
    assert_eq!(service.post_as("GLOBEX", "/card-order", &order("ORD-1")).await.status, 200);
    // An empty list allows anything again.
    let emptied = set(&service, "[]", &[]).await;
    assert_eq!((emptied.json(), emptied.err.as_str()), (json!([]), "the list is empty: any product may be ordered\n"));
    let unknown = run(&service, &["products", "set", "ACME", "-f", file.to_str().unwrap()]).await;
    assert_eq!((unknown.code, unknown.out.as_str()), (3, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_document_are_told_at_once_and_nothing_is_written() {
    let service = Service::start().await;
    let bad = r#"[{"productId":"4111111111111111","bin":"608040"},{"bin":608040,"x":1},{"productId":"P","bin":"608040","plasticCodes":["\u001b[31m"]}]"#;
    let ran = set(&service, bad, &[]).await;
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        "error: - has faults\n  \
           products[0].productId must not contain a card number\n  \
           products[1].productId is required\n  \
           products[1].bin must be a string of exactly 6 or 8 digits that does not start with 0\n  \
           products[1].x is not a known field\n  \
           products[2].plasticCodes[0] must be a string of 1 to 10 letters or digits\n"
    );
    let huge = format!("[{}", " ".repeat(1_048_577));
    let deep = "[".repeat(200);
    for (document, says) in [
        ("", "the document is not valid JSON (line 1, column 1)"),
        ("{}", "the document must be a JSON list of products"),
        ("[1,", "the document is not valid JSON (line 1, column 3)"),
        (huge.as_str(), "the document must have at most 1048576 bytes"),
        (deep.as_str(), "the document must not be nested more than 127 levels deep (line 1, column 128)"),
    ] {
        let ran = set(&service, document, &[]).await;
        assert_eq!(ran.code, 2, "{says}");
        assert_eq!(ran.err, format!("error: - has faults\n  {says}\n"));
    }
    let missing = run(&service, &["products", "set", "ACME_BANK", "-f", "/nowhere/products.json"]).await;
    assert_eq!(missing.code, 1);
    assert!(missing.err.starts_with("error: cannot read /nowhere/products.json"), "{}", missing.err);
    assert_eq!(super::json(&service, &["tenant", "show", "ACME_BANK"]).await["products"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_list_fits() {
    let service = Service::start().await;
    let codes: Vec<String> = (0..50).map(|n| format!("ABCDEFGH{n:02}")).collect();
    let product =
        |n: u32| json!({ "productId": format!("{}{n:03}", "P".repeat(29)), "bin": "87654322", "plasticCodes": codes });
    let list: Vec<_> = (0..500).map(product).collect();
    assert_eq!(set(&service, &json!(list).to_string(), &[]).await.json(), json!(list));
}
