//! The limits and patterns of the document are those of the code: each documented field is sent with the values at its
//! edges, and `agreement` holds the answers to the document.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::api::Route;

use super::document::{document, operation, resolved};
use crate::support::{Service, pgk};

const DRY: &[(&str, &str)] = &[("tenant", "ACME_BANK"), ("dry-run", "true")];

/// Bodies that are taken, with every documented field in them.
fn whole_body(path: &str) -> Option<Value> {
    let order = json!({
        "orderId": "ORD-1",
        "branchInfo": { "branchId": "12345", "branchName": "Anna Nagar", "branchCode": "ACME1" },
        "address": "12 Second Avenue~Chennai",
        "pinCode": "600040",
        "orderingPartyInfo": { "orderingPartyId": "C-1", "orderingPartyType": "BRANCH", "orderingPartyName": "A" },
        "metaValues": { "note": "rush" },
        "processStartTime": "2026-01-20 09:00:00",
        "validity": 30,
        "products": [{ "productId": "01", "bin": "87654322", "quantity": 5, "plasticCode": "71", "panLength": 16,
                       "pinGeneration": true, "cardType": "PHYSICAL", "embossType": "PERSONALIZED" }],
    });
    Some(match path {
        "/card-order" => order,
        "/card-order/withFile" => {
            let mut order = order;
            order["fileName"] = "kits.txt".into();
            order
        }
        "/card-order/uploadTicket" => json!({ "fileName": "a.txt", "sizeBytes": 1, "sha256": "0".repeat(64) }),
        "/card-order/cancel" | "/card-order/approve" => json!({ "orderId": "NOPE", "branchId": "1" }),
        "/card-order/reject" => json!({ "orderId": "NOPE", "branchId": "1", "reason": "Twice" }),
        "/card-order/list" => json!({ "status": "PENDING", "branchId": "1", "fromDate": "2026-01-15T10:00:00Z",
                                      "toDate": "2026-01-16T10:00:00Z", "pageSize": 1, "nextToken": null }),
        "/card-order/listFiles" => json!({ "status": "VALID", "fromDate": "2026-01-15T10:00:00Z",
                                           "toDate": "2026-01-16T10:00:00Z", "pageSize": 1, "nextToken": null }),
        "/card-order/attention" => json!({ "limit": 1 }),
        "/card-order/fetchStatus" | "/card-order/history" | "/card-order/fetchOrder" => {
            json!({ "cardOrderId": "ORD-1" })
        }
        "/card-order/process" | "/card-order/status" => json!({ "cardOrderId": "NOPE" }),
        "/card-order/received" => json!({ "branchId": "1", "thresholdMinutes": 0, "pageSize": 1, "nextToken": null }),
        "/card-order/fetchFile" => json!({ "fileName": "kits.txt" }),
        "/card-order/fetchKit" => json!({ "kitNo": "4240161733" }),
        "/card-order/sync-pending-status" | "/card-order/retry-stuck-pending" | "/card-order/caller" => json!({}),
        // A form: what it holds is beyond a schema.
        "/card-order/uploadFile" => return None,
        other => panic!("{other} needs a body here"),
    })
}

/// Values of every type, and those at both sides of a schema's limits.
fn edges(schema: &'static Value) -> Vec<Value> {
    let mut values = vec![Value::Null, json!(true), json!(7), json!(1.5), json!([]), json!({}), json!("x"), json!("")];
    let limits = ["minimum", "maximum"].iter().filter_map(|key| schema[*key].as_i64());
    values.extend(limits.flat_map(|limit| [limit - 1, limit, limit + 1]).map(Value::from));
    for value in schema["enum"].as_array().into_iter().flatten() {
        values.extend([value.clone(), value.as_str().map_or(Value::Null, |text| text.to_lowercase().into())]);
    }
    values
}

/// Texts at both sides of every length and character that a pattern may have.
fn texts() -> Vec<String> {
    let lengths = [1, 2, 3, 4, 6, 8, 10, 11, 20, 32, 64, 100, 120, 124, 200, 256, 1_024];
    let lengths = lengths.into_iter().flat_map(|length| [length, length + 1]);
    let mut texts: Vec<String> =
        lengths.flat_map(|length| ["A".repeat(length), "a".repeat(length) + ".txt", "a~".repeat(length)]).collect();
    let controls = ('\0'..='\u{9F}').filter(|c| c.is_control());
    let controls = controls.chain(['\u{2028}', '\u{202E}', '\u{2067}', '\u{FEFF}', 'é', '６', 'f', 'g', 'Z']);
    texts.extend(controls.map(|c| format!("1{c}2")));
    let punctuation = (' '..='~').filter(|c| !c.is_ascii_alphanumeric()).chain(['\n', 'é']);
    texts.extend(punctuation.flat_map(|c| [format!("{c}12"), format!("1{c}2"), format!("12{c}")]));
    texts.extend([11, 12].map(|length| "1".repeat(length)));
    texts.extend([63, 64, 65].map(|length| "0f".repeat(length)[..length].to_owned()));
    texts.extend(ODD_TEXTS.map(str::to_owned));
    texts
}

const ODD_TEXTS: [&str; 24] = [
    "600040",
    "060804",
    "60804012",
    "2026-02-28 23:59:59",
    "2026-13-01 00:00:00",
    "2026-00-01 00:00:00",
    "2026-01-00 00:00:00",
    "2026-01-32 00:00:00",
    "2026-01-20 24:00:00",
    "2026-01-20 00:60:00",
    "2026-01-20 00:00:60",
    "2026-01-20T00:00:00",
    "a.TXT",
    "a.Txt",
    ".txt",
    "kits.csv",
    "-a.txt",
    "2026-01-15T10:00:00.5+05:30",
    "2026-01-15t10:00:00.123456789z",
    "2026-01-15T10:00:00.1234567890Z",
    "2026-01-15T10:00:00+0530",
    "2026-01-15T10:00Z",
    "2026-02-30T10:00:00Z",
    "2026-01-15",
];

/// Every field of a body with its schema, by JSON pointer.
fn fields(schema: &'static Value, at: &str, found: &mut Vec<(String, &'static Value)>) {
    let schema = resolved(schema);
    if let Some(branches) = schema["allOf"].as_array() {
        return fields(&branches[0], at, found);
    }
    if !at.is_empty() {
        found.push((at.to_owned(), schema));
    }
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        fields(property, &format!("{at}/{key}"), found);
    }
    match &schema["items"] {
        Value::Null => {}
        items => fields(items, &format!("{at}/0"), found),
    }
    if let Some(values) = schema["additionalProperties"].as_object() {
        found.push((format!("{at}/note"), &values["anyOf"][0]));
    }
}

/// Every body that puts a value at the edge into one field, leaves the field out, or adds an unknown one beside it.
fn bodies_at_the_edge(whole: &Value, place: &str, schema: &'static Value, is_known: bool) -> Vec<Value> {
    let mut values = edges(schema);
    if schema["type"] == "string" && schema["enum"].is_null() && !is_known {
        values.extend(texts().into_iter().map(Value::from));
    }
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = whole.clone();
        change(&mut body);
        body
    };
    let mut bodies: Vec<Value> =
        values.into_iter().map(|value| changed(&|body| *body.pointer_mut(place).unwrap() = value.clone())).collect();
    let (parent, key) = place.rsplit_once('/').unwrap();
    bodies.push(changed(&|body| match body.pointer_mut(parent).unwrap() {
        Value::Object(entries) => drop(entries.remove(key)),
        parent => drop(parent.as_array_mut().unwrap().pop()),
    }));
    bodies.push(changed(&|body| match body.pointer_mut(parent).unwrap() {
        Value::Object(entries) => drop(entries.insert("anything".to_owned(), json!(1))),
        parent => parent.as_array_mut().unwrap().push(json!(1)),
    }));
    bodies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_at_the_edge_of_its_limits_is_judged_as_documented() {
    let service = Service::start().await;
    assert!(service.upload("kits.txt", &pgk("valid-3.txt")).await.is_ok());
    let mut known = HashSet::new();
    let mut sent = 0;
    for path in Route::ALL.map(Route::path) {
        let Some(whole) = whole_body(path) else { continue };
        let schema = &operation(path).unwrap()["requestBody"]["content"]["application/json"]["schema"];
        let mut found = Vec::new();
        fields(schema, "", &mut found);
        // Nothing is written, so that each call meets the same state; other operations only read, or name nothing.
        let headers: &[(&str, &str)] = match path {
            "/card-order" | "/card-order/withFile" | "/card-order/uploadTicket" => DRY,
            _ => &DRY[..1],
        };
        for (place, schema) in found {
            assert!(whole.pointer(&place).is_some(), "{path}: {place} has no value in the whole body");
            // What two fields share is tried in full once.
            let is_known = !known.insert(std::ptr::from_ref(schema));
            let bodies = bodies_at_the_edge(&whole, &place, schema, is_known);
            sent += bodies.len();
            for some in bodies.chunks(16) {
                join_all(some.iter().map(|body| service.post_with(path, headers, body))).await;
            }
        }
    }
    assert!(sent > 4_000, "{sent}");
}

#[tokio::test]
async fn an_order_has_as_many_lines_and_values_as_documented() {
    let service = Service::start().await;
    let schemas = &document()["components"]["schemas"];
    let lines = schemas["Order"]["properties"]["products"]["maxItems"].as_u64().unwrap();
    let values = schemas["MetaValues"]["maxProperties"].as_u64().unwrap();
    for (lines, values, is_taken) in [(lines, values, true), (lines + 1, values, false), (lines, values + 1, false)] {
        let mut body = whole_body("/card-order").unwrap();
        let line = |n| json!({ "productId": format!("P-{n}"), "bin": "87654322", "quantity": 5 });
        body["products"] = (0..lines).map(line).collect();
        body["metaValues"] = (0..values).map(|n| (format!("k{n}"), json!(n))).collect();
        assert_eq!(service.post_with("/card-order", DRY, &body).await.is_ok(), is_taken);
    }
}

#[tokio::test]
async fn a_header_at_the_edge_of_its_limits_is_judged_as_documented() {
    let service = Service::start().await;
    let body = |name: &str| {
        let mut body = whole_body("/card-order").unwrap();
        if name == "idempotency-key" {
            body.as_object_mut().unwrap().remove("orderId");
        }
        body
    };
    for name in ["tenant", "idempotency-key", "dry-run", "x-user"] {
        let texts = [1, 64, 65, 128, 129, 255, 256].map(|length| "a".repeat(length));
        let odd = (' '..='~').flat_map(|c| [format!("{c}"), format!("{c}2"), format!("1{c}2"), format!("1{c}")]);
        for text in texts.into_iter().chain(odd).chain(["true", "false", "TRUE", "ACME_BANK"].map(str::to_owned)) {
            let mut headers = vec![("tenant", "ACME_BANK"), ("dry-run", "true")];
            headers.retain(|(other, _)| *other != name);
            headers.push((name, &text));
            service.post_with("/card-order", &headers, &body(name)).await;
        }
        for route in ["/card-order/process", "/card-order/cancel"] {
            let headers = [("tenant", "ACME_BANK"), (name, "true")];
            service.post_with(route, &headers[usize::from(name == "tenant")..], &whole_body(route).unwrap()).await;
        }
    }
}

#[tokio::test]
async fn a_list_asks_for_a_status_or_a_branch() {
    let service = Service::start().await;
    for (body, want) in [
        (json!({}), 400),
        (json!({ "status": null, "branchId": null }), 400),
        (json!({ "status": "SUCCESS" }), 400),
        (json!({ "status": "CANCELLED", "branchId": null }), 400),
        (json!({ "status": "PENDING", "branchId": null }), 200),
        (json!({ "status": null, "branchId": "1" }), 200),
        (json!({ "status": "SUCCESS", "branchId": "1" }), 200),
        (json!({ "status": "PENDING", "fromDate": "2026-01-16T10:00:00Z", "toDate": "2026-01-15T10:00:00Z" }), 400),
    ] {
        assert_eq!(service.post("/card-order/list", &body).await.status, want, "{body}");
    }
}
