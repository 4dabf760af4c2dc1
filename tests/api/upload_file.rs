//! `POST /card-order/uploadFile`

use serde_json::{Value, json};

use crate::support::form::{body, content_type, field, file};
use crate::support::{Answer, Service, kits_marked, order_with_file, pgk};

async fn send(service: &Service, parts: Vec<u8>) -> Answer {
    let content_type = content_type();
    let headers: [(&str, &[u8]); 2] = [("tenant", b"ACME_BANK"), ("content-type", content_type.as_bytes())];
    service.send("POST", "/v1/card-order/uploadFile", &headers, parts).await
}

#[tokio::test]
async fn a_valid_file_is_kept_once() {
    let service = Service::start().await;
    let first = service.upload("kits.txt", &pgk("valid-3.txt")).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.body["result"], json!({ "fileName": "kits.txt", "status": "success" }));
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = service.upload("kits.txt", &pgk("valid-3.txt")).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn a_fault_names_its_line_and_nothing_is_kept() {
    let service = Service::start().await;
    let faults: Value = serde_json::from_slice(&pgk("faults.json")).unwrap();
    for (name, want) in faults.as_object().unwrap() {
        let answer = service.upload("kits.txt", &pgk(name)).await;
        assert_eq!((answer.status, answer.code()), (400, "ORD002"), "{name}");
        assert_eq!(&json!(answer.faults()), want, "{name}");
        assert!(!answer.text.contains("4111"), "{name}");
    }
    assert_eq!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.code(), "ORD006");
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
}

#[tokio::test]
async fn a_form_is_one_file_with_a_plain_name() {
    let service = Service::start().await;
    let content = pgk("valid-3.txt");
    let name_rule = "file must be a file name of letters, digits, '.', '_' or '-' that starts with a letter or digit, ends in .txt or .TXT and has at most 124 characters";
    let cut = "body must be well-formed multipart/form-data up to its closing boundary";
    for (parts, want) in [
        (body(&[]), vec!["file is required"]),
        (body(&[field("note", "x")]), vec!["note is not a known field", "file is required"]),
        (body(&[field("4111111111111111", "x"), file("kits.txt", &content)]), vec!["body has an unknown field"]),
        (body(&[file("kits.txt", &content), file("more.txt", &content)]), vec!["file must be given once"]),
        (body(&[field("file", "no file name")]), vec![name_rule]),
        (body(&[file("../../etc/passwd", &content)]), vec![name_rule]),
        (body(&[file("..\\kits.txt", &content)]), vec![name_rule]),
        (body(&[file("kits.txt\u{0}.png", &content)]), vec![cut]),
        (body(&[file("kits.csv", &content)]), vec![name_rule]),
        (body(&[file("", &content)]), vec![name_rule]),
        (b"garbage".to_vec(), vec![cut]),
        (Vec::new(), vec![cut]),
        (body(&[file("kits.txt", &content)])[..200].to_vec(), vec![cut]),
        (body(&[file("kits.txt", b"")]), vec!["file: must not be empty"]),
    ] {
        let answer = send(&service, parts).await;
        assert_eq!((answer.status, answer.code(), answer.faults()), (400, "ORD002", want));
    }
    let headers: [(&str, &[u8]); 2] = [("tenant", b"ACME_BANK"), ("content-type", b"multipart/form-data")];
    let answer = service.send("POST", "/v1/card-order/uploadFile", &headers, body(&[file("kits.txt", &content)])).await;
    assert_eq!(answer.faults(), ["header content-type must name the boundary of the parts"]);
}

#[tokio::test]
async fn four_mebibytes_are_taken_and_not_a_byte_more() {
    let service = Service::start().await;
    let largest = vec![b'x'; 4 * 1024 * 1024];
    assert_eq!(service.upload("kits.txt", &largest).await.faults()[0], "line 1: must be at most 512 bytes");
    let answer = service.upload("kits.txt", &[largest, b"x".to_vec()].concat()).await;
    assert_eq!((answer.status, answer.code()), (413, "request.too.large"));
}

#[tokio::test]
async fn a_name_can_get_new_content_until_an_order_uses_it() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &kits_marked("A")).await.is_ok());
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    // The kits of the content that was replaced are free again.
    assert!(service.upload("other.txt", &kits_marked("A")).await.is_ok());
    let order = service.create_with_file(order_with_file("ORD-1", "kits.txt")).await;
    assert_eq!(order.status, 200, "{}", order.text);
    let refused = service.upload("kits.txt", &kits_marked("B")).await;
    assert_eq!((refused.code(), refused.faults()), ("ORD002", vec!["fileName is already in use"]));
    assert_eq!(service.upload("kits.txt", &pgk("valid-3.txt")).await.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn the_last_sentence_counts_the_kits_that_another_file_holds() {
    let service = Service::start().await;
    let content = crate::support::kits_of((0..80).map(|kit| format!("K{kit}")));
    assert!(service.upload("kits.txt", &content).await.is_ok());
    for headers in [vec![("tenant", "ACME_BANK"), ("dry-run", "true")], vec![("tenant", "ACME_BANK")]] {
        let answer = service.upload_with(&headers, "other.txt", &content).await;
        assert_eq!((answer.code(), answer.faults().len()), ("ORD002", 51));
        assert_eq!(answer.faults()[50], "… and 30 more");
    }
}

#[tokio::test]
async fn a_kit_belongs_to_one_file_of_a_tenant() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let clash: Vec<String> =
        (2..=4).map(|line| format!("line {line}: kitNo: must be unique among the tenant's kits")).collect();
    for headers in [
        vec![("tenant", "ACME_BANK"), ("dry-run", "true")],
        vec![("tenant", "ACME_BANK")],
        vec![("tenant", "ACME_BANK")],
    ] {
        let answer = service.upload_with(&headers, "other.txt", &pgk("valid-3.txt")).await;
        assert_eq!((answer.code(), answer.faults()), ("ORD002", clash.iter().map(String::as_str).collect()));
    }
    let theirs = String::from_utf8(pgk("valid-3.txt")).unwrap().replace("ACME_BANK", "GLOBEX");
    let records =
        theirs.lines().filter(|line| !line.starts_with('T')).map(|line| line.to_owned() + "\n").collect::<String>();
    let answer = service.upload_with(&[("tenant", "GLOBEX")], "kits.txt", &crate::support::sealed(&records)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_dry_run_keeps_nothing() {
    let service = Service::start().await;
    let dry = [("tenant", "ACME_BANK"), ("dry-run", "true")];
    let answer = service.upload_with(&dry, "kits.txt", &pgk("valid-3.txt")).await;
    assert_eq!((answer.status, answer.header("dry-run")), (200, Some("true")));
    assert_eq!(answer.body["result"], json!({ "fileName": "kits.txt", "status": "success" }));
    assert_eq!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.code(), "ORD006");
    assert!(service.upload("other.txt", &pgk("valid-3.txt")).await.is_ok());
}

#[tokio::test]
async fn a_refused_upload_leaves_the_valid_file_of_its_name() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &kits_marked("A")).await.is_ok());
    assert!(service.upload("other.txt", &pgk("valid-3.txt")).await.is_ok());
    assert_eq!(service.upload("kits.txt", &pgk("valid-3.txt")).await.code(), "ORD002");
    assert_eq!(service.upload("thief.txt", &kits_marked("A")).await.code(), "ORD002");
    assert_eq!(service.upload("kits.txt", &kits_marked("A")).await.header("idempotent-replayed"), Some("true"));
    assert!(service.create_with_file(order_with_file("ORD-1", "kits.txt")).await.is_ok());
}

#[tokio::test]
async fn a_file_name_is_no_card_number() {
    let service = Service::start().await;
    for name in ["4111111111111111.txt", "4111-1111-1111-1111.txt"] {
        let answer = service.upload(name, &pgk("valid-3.txt")).await;
        assert_eq!(answer.faults(), ["file must not have a card number in its name"]);
        assert!(!answer.text.contains("4111"));
    }
}
