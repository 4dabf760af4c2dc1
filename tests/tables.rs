//! What the table costs, and that the template describes the one that was tested.

use lambda_http::Context;
use serde_json::{Value, json};
use shared::api::Function;

use crate::support::wire::{Seen, Wire, cost_of};
use crate::support::{Service, cancel, order, order_with_file, pgk, read};

#[tokio::test]
async fn a_create_costs_four_write_units_and_a_status_one_read_unit() {
    let service = Service::start().await;
    let mut body = order("ORDER-2026-01-15-000001");
    body["address"] = "12 Second Avenue~Anna Nagar~Chennai~IN".into();
    body["pinCode"] = "600040".into();
    body["metaValues"] = json!({ "campaign": "NEW_YEAR" });
    let second = json!({ "productId": "02", "bin": "608040", "quantity": 20, "plasticCode": "71" });
    body["products"].as_array_mut().unwrap().push(second);
    let created = cost_of(&service, Function::CreateOrder, &body).await;
    assert_eq!(created, [Seen { operation: "PutItem".into(), units: 4.0 }]);

    // The largest order too: its body is an item of its own.
    let lines: Vec<Value> = (0..20)
        .map(|n| json!({ "productId": format!("{}{n:02}", "P".repeat(30)), "bin": "87654322", "quantity": 1, "plasticCode": "ABCDEFGHIJ" }))
        .collect();
    let mut large = body.clone();
    large["orderId"] = "LARGE".into();
    large["products"] = lines.into();
    large["metaValues"] = (0..20).map(|n| (format!("k{n}"), Value::from("x".repeat(256)))).collect();
    assert!(service.create(&large).await.is_ok());
    for id in ["ORDER-2026-01-15-000001", "LARGE"] {
        let read = cost_of(&service, Function::FetchStatus, &json!({ "cardOrderId": id })).await;
        assert_eq!(read, [Seen { operation: "GetItem".into(), units: 1.0 }], "{id}");
    }
    let cancelled = cost_of(&service, Function::CancelOrder, &cancel("ORDER-2026-01-15-000001")).await;
    assert_eq!(cancelled.len(), 1);
    assert!(cancelled[0].units <= 4.0, "{cancelled:?}");
}

#[tokio::test]
async fn the_template_describes_the_table_that_is_tested() {
    let service = Service::start().await;
    let table =
        service.dynamodb().describe_table().table_name(local::stack::TABLE).send().await.unwrap().table.unwrap();
    let template = read("template.yaml");
    let table_part =
        &template[template.find("  Table:\n").unwrap()..template.find("\n  Files:\n    Type: AWS::S3").unwrap()];
    let mut described = 0;
    for attribute in table.attribute_definitions() {
        let line = format!("- {{ AttributeName: {}, AttributeType: S }}", attribute.attribute_name());
        assert!(table_part.contains(&line), "{line}");
        described += 1;
    }
    for index in table.global_secondary_indexes() {
        let name = format!("- IndexName: {}\n", index.index_name().unwrap());
        let part = &table_part[table_part.find(&name).unwrap()..];
        for key in index.key_schema() {
            let line = format!("- {{ AttributeName: {}, KeyType: {} }}", key.attribute_name(), key.key_type());
            assert!(part.contains(&line), "{line}");
        }
        let projection = index.projection().unwrap();
        let kind = format!("ProjectionType: {}", projection.projection_type().unwrap());
        assert!(part.contains(&kind), "{kind}");
        if !projection.non_key_attributes().is_empty() {
            let line = format!("NonKeyAttributes: [{}]", projection.non_key_attributes().join(", "));
            assert!(part.contains(&line), "{line}");
        }
        described += 1;
    }
    assert_eq!(described, 11);
}

#[tokio::test]
async fn a_write_asks_for_the_old_item_only_if_it_has_a_condition() {
    let service = Service::start().await;
    assert_eq!(service.upload("kits.txt", &pgk("valid-3.txt")).await.status, 200);
    let wire = Wire::counting();
    let app = wire.app(&service.stack);
    let mut large = order_with_file("LARGE", "kits.txt");
    large["metaValues"] = (0..20).map(|n| (format!("k{n}"), Value::from("x".repeat(256)))).collect();
    for (function, body) in
        [(Function::CreateOrder, order("ORD-1")), (Function::CancelOrder, cancel("ORD-1")), (Function::PgkOrder, large)]
    {
        let event = json!({
            "httpMethod": "POST",
            "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": ["application/json"] },
            "body": body.to_string(),
        });
        let answer = app.answer(function, serde_json::from_value(event).unwrap(), Context::default()).await;
        assert_eq!(answer.status_code, 200, "{:?}", answer.body);
    }
    let sent = wire.sent();
    let parts = sent.iter().flat_map(|sent| sent["TransactItems"].as_array().into_iter().flatten());
    let parts = parts.map(|part| part.as_object().unwrap().values().next().unwrap());
    let writes: Vec<(bool, bool)> = sent
        .iter()
        .filter(|sent| sent["Item"].is_object() || sent["UpdateExpression"].is_string())
        .chain(parts)
        .map(|write| {
            (write["ConditionExpression"].is_string(), write["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD")
        })
        .collect();
    // A create, a cancel; an order with its file and its body.
    assert_eq!(writes, [(true, true), (true, true), (true, true), (true, true), (false, false)]);
}
