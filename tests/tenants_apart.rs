//! Five tenants, whose names begin like each other: none gets at another's orders, files, kits, pages or keys, and what
//! is another's answers byte for byte like what does not exist.

use aws_sdk_s3::primitives::ByteStream;
use futures_util::future::join_all;
use local::stack::{AccessMode, BUCKET};
use serde_json::{Value, json};
use shared::api::Route;
use shared::domain::{Name, TenantId};
use shared::store::{Store, TenantList};

use crate::api::upload_ticket;
use crate::support::{Answer, Options, Service, options, order, sealed};

const TENANTS: [&str; 5] = ["ACME_BANK", "ACME", "ACME_BANK2", "acme_bank", "A"];

/// The routes that answer with what the tenant has, whoever asks.
const LISTS: [&str; 6] = [
    "/card-order/received",
    "/card-order/list",
    "/card-order/attention",
    "/card-order/listFiles",
    "/card-order/caller",
    "/card-order/sync-pending-status",
];

async fn start(options: Options) -> Service {
    let service = Service::start_with(options).await;
    let store = Store::new(service.dynamodb(), local::stack::TABLE);
    let list = TenantList::new(service.dynamodb(), local::stack::TENANTS_TABLE);
    for tenant in &TENANTS[1..] {
        let (id, name) = (TenantId::parse(tenant).unwrap(), Name::parse(tenant).unwrap());
        store.register_tenant(&list, &id, &name, None).await.unwrap();
    }
    service
}

/// A kit number made of a tenant's name.
fn kit_no(tenant: &str) -> String {
    let letters = tenant.bytes().map(|byte| char::from(b'A' + byte % 26));
    letters.chain("X7".chars()).collect()
}

/// What a tenant has: its order, its file and a kit in it.
struct Property {
    order: String,
    file: String,
    kit: String,
}

fn property(tenant: &str) -> Property {
    Property { order: format!("ORD-{tenant}"), file: format!("kits-{tenant}.txt"), kit: kit_no(tenant) }
}

/// A file of one kit.
fn kits(tenant: &str, kit: &str) -> Vec<u8> {
    sealed(&format!(
        "H|DCMSPGK|01|{tenant}|PGK-20260115-0001|20260115T093000Z|DC_KIT\n\
         D|000001|{kit}||60804012|16|60804012XXXX7919|tk_QJ7MZ4V2KX0000001|2907|PROD-001|71\n"
    ))
}

fn order_of_one_kit(id: &str, file: &str) -> Value {
    let mut body = order(id);
    body["fileName"] = file.into();
    body["products"] = json!([{ "productId": "PROD-001", "bin": "60804012", "quantity": 1 }]);
    body
}

/// A body of a route that names an order, a file and a kit.
fn body(route: Route, Property { order, file, kit }: &Property) -> Option<Value> {
    Some(match route.path() {
        "/card-order/withFile" => order_of_one_kit("ORD-NEW", file),
        "/card-order/cancel" | "/card-order/approve" => json!({ "orderId": order, "branchId": "12345" }),
        "/card-order/reject" => json!({ "orderId": order, "branchId": "12345", "reason": "no" }),
        "/card-order/fetchStatus"
        | "/card-order/history"
        | "/card-order/fetchOrder"
        | "/card-order/process"
        | "/card-order/status" => json!({ "cardOrderId": order }),
        "/card-order/fetchFile" => json!({ "fileName": file }),
        "/card-order/fetchKit" => json!({ "kitNo": kit }),
        "/card-order/list" => json!({ "status": "RECEIVED" }),
        path if LISTS.contains(&path) => json!({}),
        // They name nothing that exists, or all that is stuck.
        "/card-order" | "/card-order/uploadFile" | "/card-order/uploadTicket" | "/card-order/retry-stuck-pending" => {
            return None;
        }
        path => panic!("{path} is not judged"),
    })
}

async fn ask(service: &Service, tenant: &str, route: Route, body: &Value) -> Answer {
    service.post_as(tenant, route.path(), body).await
}

async fn fill(service: &Service) {
    for tenant in TENANTS {
        let Property { order, file, kit } = property(tenant);
        let uploaded = service.upload_with(&[("tenant", tenant)], &file, &kits(tenant, &kit)).await;
        assert!(uploaded.is_ok(), "{}", uploaded.text);
        let placed = service.post_as(tenant, "/card-order/withFile", &order_of_one_kit(&order, &file)).await;
        assert!(placed.is_ok(), "{}", placed.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_like_what_does_not_exist() {
    let service = start(options()).await;
    fill(&service).await;
    let missing = Property { order: "ORD-9".into(), file: "nothing.txt".into(), kit: "NONE7".into() };
    for (asking, owner) in TENANTS.iter().flat_map(|one| TENANTS.iter().map(move |other| (*one, *other))) {
        if asking == owner {
            continue;
        }
        let theirs = property(owner);
        for route in Route::ALL {
            let (Some(theirs_body), Some(none)) = (body(route, &theirs), body(route, &missing)) else { continue };
            let answer = ask(&service, asking, route, &theirs_body).await;
            if LISTS.contains(&route.path()) {
                assert!(answer.is_ok(), "{}", answer.text);
                for name in [&theirs.order, &theirs.file, &theirs.kit] {
                    assert!(
                        !answer.text.contains(&format!("\"{name}\"")),
                        "{asking} {owner} {route:?}: {}",
                        answer.text
                    );
                }
                continue;
            }
            let nothing = ask(&service, asking, route, &none).await;
            assert!(!answer.is_ok(), "{asking} {owner} {route:?}: {}", answer.text);
            assert_eq!((answer.status, &answer.text), (nothing.status, &nothing.text), "{asking} {owner} {route:?}");
        }
    }
    // Nothing has happened to any of them.
    for tenant in TENANTS {
        let answer =
            service.post_as(tenant, "/card-order/history", &json!({ "cardOrderId": property(tenant).order })).await;
        assert_eq!(answer.body["result"].as_array().unwrap().len(), 1, "{tenant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_ids_names_and_kits_are_each_tenants_own() {
    let service = start(options()).await;
    let place = |tenant: &'static str| {
        let service = &service;
        async move {
            let headers = [("tenant", tenant), ("idempotency-key", "one-key")];
            let mut unnamed = order("x");
            unnamed.as_object_mut().unwrap().remove("orderId");
            let derived = service.post_with("/card-order", &headers, &unnamed).await;
            let uploaded = service.upload_with(&[("tenant", tenant)], "kits.txt", &kits(tenant, "KIT7")).await;
            let placed = service.post_as(tenant, "/card-order/withFile", &order_of_one_kit("ORD-1", "kits.txt")).await;
            for answer in [&derived, &uploaded, &placed] {
                assert!(answer.is_ok() && answer.header("idempotent-replayed").is_none(), "{tenant} {}", answer.text);
            }
            derived.header("order-id").unwrap().to_owned()
        }
    };
    let mut derived = join_all(TENANTS.map(place)).await;
    derived.sort();
    derived.dedup();
    assert_eq!(derived.len(), TENANTS.len(), "one key, five orders");
    let cancelled =
        service.post_as("ACME", "/card-order/cancel", &json!({ "orderId": "ORD-1", "branchId": "12345" })).await;
    assert!(cancelled.is_ok());
    for tenant in TENANTS {
        let answer = service.post_as(tenant, "/card-order/fetchStatus", &json!({ "cardOrderId": "ORD-1" })).await;
        let want = if tenant == "ACME" { "CANCELLED" } else { "RECEIVED" };
        assert_eq!(
            (&answer.body["result"]["status"], &answer.body["result"]["tenantName"]),
            (&json!(want), &json!(tenant))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_is_its_tenants_own() {
    let service = start(options()).await;
    for tenant in TENANTS {
        for id in ["ORD-1", "ORD-2"] {
            assert!(service.post_as(tenant, "/card-order", &order(id)).await.is_ok());
        }
    }
    let route = "/card-order/received";
    for owner in TENANTS {
        let first = service.post_as(owner, route, &json!({ "pageSize": 1 })).await;
        let token = first.body["pagination"]["nextToken"].clone();
        for asking in TENANTS {
            let next = service.post_as(asking, route, &json!({ "pageSize": 1, "nextToken": token })).await;
            assert_eq!(next.is_ok(), asking == owner, "{asking} {owner}: {}", next.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_belongs_to_the_tenant_of_its_folder_alone() {
    let service = start(options()).await;
    let drop_of = |folder: &str, tenant: &str, name: &str| {
        let (service, key) = (&service, format!("t/{folder}/inbox/{name}"));
        let content = kits(tenant, &format!("{}{}", kit_no(folder).replace('7', "7Y"), tenant.len()));
        async move {
            service.s3().put_object().bucket(BUCKET).key(key).body(ByteStream::from(content)).send().await.unwrap();
        }
    };
    for folder in TENANTS {
        drop_of(folder, folder, "mine.txt").await;
        for other in TENANTS.iter().filter(|other| **other != folder) {
            drop_of(folder, other, &format!("of-{other}.txt")).await;
        }
    }
    let fetch = async |tenant: &str, name: &str| loop {
        let answer = service.post_as(tenant, "/card-order/fetchFile", &json!({ "fileName": name })).await;
        let status = answer.body["result"]["status"].as_str().unwrap_or("missing").to_owned();
        if !["missing", "STORED", "VALIDATING"].contains(&status.as_str()) {
            return (status, answer.text);
        }
        tokio::task::yield_now().await;
    };
    for folder in TENANTS {
        assert_eq!(fetch(folder, "mine.txt").await.0, "VALID");
        for other in TENANTS.iter().filter(|other| **other != folder) {
            let (status, text) = fetch(folder, &format!("of-{other}.txt")).await;
            assert_eq!(status, "INVALID", "{text}");
            assert!(text.contains("line 1: tenant: must equal the header tenant of the call"), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_opens_its_own_tenant_whatever_the_headers_say() {
    let service = start(Options { access_mode: AccessMode::Authorizer, ..options() }).await;
    let scopes = "orders read operations approvals";
    for owner in TENANTS {
        let key = crate::authorize::issue(&service, owner, "maker", scopes).await;
        for tenant in TENANTS {
            let headers = [("tenant", tenant), ("authorization", key.as_str())];
            let answer = service.post_with("/card-order/received", &headers, &json!({})).await;
            let want = if tenant == owner { 200 } else { 401 };
            assert_eq!(answer.status, want, "{tenant} {owner}");
        }
        for other in TENANTS.iter().filter(|other| **other != owner) {
            let headers = [("tenant", owner), ("tenant", other), ("authorization", key.as_str())];
            let answer = service.post_with("/card-order/received", &headers, &json!({})).await;
            assert_eq!((answer.status, answer.code()), (400, "tenant.header.missing"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_puts_a_file_into_its_own_tenants_folder_only() {
    let service = start(options()).await;
    let content = kits("ACME_BANK", "KIT7");
    let granted = upload_ticket::ticket(&service, "large.txt", &content).await;
    for other in &TENANTS[1..] {
        let moved = |name: &str, value: String| match name {
            "key" => value.replacen("t/ACME_BANK/", &format!("t/{other}/"), 1),
            _ => value,
        };
        let status = upload_ticket::send(&granted, moved, &content).await;
        assert!((400..500).contains(&status), "{other}: {status}");
    }
    let status = upload_ticket::send(&granted, |_, value| value, &content).await;
    assert!((200..300).contains(&status), "{status}");
    service.file_settled("large.txt", "VALID").await;
}
