//! The events that leave the table's stream.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Map, Value, json};

use super::{app_over, live, scripted};
use crate::support::wire::Wire;
use crate::support::{Service, kits_marked, order, order_with_file, pgk, read};

/// An item as the table's stream would show it: what comes after the tenant in its key.
async fn image(service: &Service, key: &str) -> Map<String, Value> {
    let text = |text: String| AttributeValue::S(text);
    let get = service.dynamodb().get_item().table_name(local::stack::TABLE);
    let get = get.key("pk", text(format!("T#ACME_BANK#{key}"))).key("sk", text("#".to_owned()));
    let item = get.send().await.unwrap().item.unwrap_or_else(|| panic!("no item {key}"));
    item.into_iter().map(|(name, value)| (name, plain(value))).collect()
}

/// Text, numbers and maps of them; other types do not matter here.
fn plain(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::M(map) => {
            json!({ "M": map.into_iter().map(|(name, value)| (name, plain(value))).collect::<Map<_, _>>() })
        }
        _ => Value::Null,
    }
}

/// The detail that the template's pipe makes of an item, with its type; `None`: none.
fn event(image: &Map<String, Value>) -> Option<(String, Value)> {
    image.get("change")?;
    let record = json!({ "dynamodb": { "NewImage": image } });
    let template = read("template.yaml");
    let pipe = &template[template.find("AWS::Pipes::Pipe").unwrap()..];
    let value = |path: &str| {
        let value = record.pointer(&format!("/{}", path.replace('.', "/"))).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("{path} is missing in {record}")).to_owned()
    };
    let kind = value(pipe.split_once("DetailType: $.").unwrap().1.split_whitespace().next().unwrap());
    let input = pipe.split_once("InputTemplate: >-\n").unwrap().1.split_once('}').unwrap().0;
    let (mut detail, mut rest) = (String::new(), input);
    while let Some((before, after)) = rest.split_once("<$.") {
        let (path, after) = after.split_once('>').unwrap();
        detail = detail + before + &value(path);
        rest = after;
    }
    Some((kind, serde_json::from_str(&format!("{detail}{rest}}}")).unwrap()))
}

#[tokio::test]
async fn every_write_that_changes_a_status_and_no_other_leaves_the_table_as_an_event() {
    let (service, clock) = Service::start_with_clock().await;
    for script in ["accept", "flap", "drop-before", "reject-line-2", "reject", "void-only"] {
        let wire = Wire::counting();
        let app = app_over(&wire, script, &service, &clock, 2);
        assert!(service.create(scripted(script, script)).await.is_ok());
        live(&app, &clock, script).await;
        let updates: Vec<String> = wire
            .sent()
            .iter()
            .filter(|sent| sent["Key"]["pk"]["S"].as_str().is_some_and(|key| key.contains("#O#")))
            .filter_map(|sent| sent["UpdateExpression"].as_str().map(str::to_owned))
            .collect();
        assert!(updates.iter().any(|update| update.contains("#st = ")), "{script}");
        for update in updates {
            let (changes, tells) = (update.contains("#st = "), update.contains("#change = "));
            assert_eq!(changes, tells, "{script}: {update}");
            let takes_back = update
                .split(" REMOVE ")
                .nth(1)
                .is_some_and(|removed| removed.split(", ").any(|name| name == "#change"));
            assert!(tells || takes_back, "{script}: {update}");
        }
    }
    let last = image(&service, "O#accept").await;
    assert_eq!(
        (&last["change"]["M"]["from"]["S"], &last["change"]["M"]["to"]["S"]),
        (&json!("PENDING"), &json!("SUCCESS"))
    );
}

#[tokio::test]
async fn events_of_orders_and_files_have_one_shape() {
    let service = Service::start().await;
    service.approval_above(2).await;
    let post = async |user: &str, route: &str, body: Value| {
        let answer = service.post_with(route, &[("tenant", "ACME_BANK"), ("x-user", user)], &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    let detail = |changes: Value| {
        let mut detail = json!({ "tenant": "ACME_BANK", "orderId": "", "fileName": "", "branchId": "", "from": "", "to": "",
            "approval": "", "by": "", "details": "", "at": "2026-01-15T10:00:00.000Z", "sequence": "" });
        detail.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        detail
    };
    let of_order = |changes: Value| {
        let mut detail = detail(json!({ "orderId": "ORD-1", "branchId": "12345" }));
        detail.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        detail
    };
    post("maker", "/card-order", order("ORD-1")).await;
    let placed =
        of_order(json!({ "from": "NONE", "to": "RECEIVED", "approval": "REQUIRED", "by": "maker", "sequence": "1" }));
    assert_eq!(event(&image(&service, "O#ORD-1").await), Some(("CardOrderStatusChanged".to_owned(), placed)));
    post("checker", "/card-order/approve", json!({ "orderId": "ORD-1", "branchId": "12345" })).await;
    let approved = of_order(
        json!({ "from": "RECEIVED", "to": "RECEIVED", "approval": "APPROVED", "by": "checker", "sequence": "2" }),
    );
    assert_eq!(event(&image(&service, "O#ORD-1").await), Some(("CardOrderApprovalChanged".to_owned(), approved)));
    post("caller", "/card-order/cancel", json!({ "orderId": "ORD-1", "branchId": "12345" })).await;
    let cancelled = of_order(
        json!({ "from": "RECEIVED", "to": "CANCELLED", "approval": "APPROVED", "by": "caller", "sequence": "3" }),
    );
    assert_eq!(event(&image(&service, "O#ORD-1").await), Some(("CardOrderStatusChanged".to_owned(), cancelled)));

    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let valid =
        detail(json!({ "fileName": "kits.txt", "from": "VALIDATING", "to": "VALID", "details": "3", "sequence": "2" }));
    assert_eq!(event(&image(&service, "F#kits.txt").await), Some(("KitFileStatusChanged".to_owned(), valid)));
    // That an order takes the file is no change of its status.
    let mut small = order_with_file("ORD-2", "kits.txt");
    small["orderingPartyInfo"] = Value::Null;
    post("maker", "/card-order/withFile", small).await;
    assert_eq!(event(&image(&service, "F#kits.txt").await), None);
    post("checker", "/card-order/reject", json!({ "orderId": "ORD-2", "branchId": "12345", "reason": "no" })).await;
    let (kind, rejected) = event(&image(&service, "O#ORD-2").await).unwrap();
    assert_eq!(
        (kind.as_str(), &rejected["to"], &rejected["approval"]),
        ("CardOrderStatusChanged", &json!("CANCELLED"), &json!("REJECTED"))
    );
    assert_eq!((&rejected["fileName"], &rejected["by"]), (&json!("kits.txt"), &json!("checker")));
}

#[tokio::test]
async fn a_misplaced_drop_leaves_an_event_and_a_replaced_file_goes_on_counting() {
    let service = Service::start().await;
    let put = service.s3().put_object().bucket(local::stack::BUCKET).key("t/ACME_BANK/kits.csv");
    put.body(ByteStream::from_static(b"x")).send().await.unwrap();
    service.file_settled("/kits.csv", "INVALID").await;
    let files = service.dynamodb().scan().table_name(local::stack::TABLE).send().await.unwrap().items.unwrap();
    let drop = files.into_iter().find(|item| item["pk"].as_s().unwrap().starts_with("T#ACME_BANK#F#/")).unwrap();
    let (kind, dropped) = event(&drop.into_iter().map(|(name, value)| (name, plain(value))).collect()).unwrap();
    assert_eq!((kind.as_str(), &dropped["fileName"]), ("KitFileStatusChanged", &json!("/kits.csv")));
    assert_eq!(
        (&dropped["from"], &dropped["to"], &dropped["sequence"]),
        (&json!("NONE"), &json!("INVALID"), &json!("1"))
    );
    let mut sequences = Vec::new();
    for mark in ["F1X", "F2X"] {
        assert!(service.upload("kits.txt", &kits_marked(mark)).await.is_ok());
        let (_, valid) = event(&image(&service, "F#kits.txt").await).unwrap();
        sequences.push(valid["sequence"].as_str().unwrap().parse::<u32>().unwrap());
    }
    assert!(sequences.is_sorted_by(|earlier, later| earlier < later), "{sequences:?}");
}
