//! The gate stops what it should, and makes the test fail.

use aws_sdk_dynamodb::types::AttributeValue::S;
use local::calling::work_of;
use local::stack::{BUCKET, TABLE, access, sessions};
use serde_json::json;
use shared::aws::{self, Access};
use shared::bucket::{Bucket, TicketSigner};
use shared::domain::{SettingsChange, StoredObject, TenantState};
use shared::https::Roots;
use shared::store::Store;

use crate::processing::acme;
use crate::support::iam::gate::{Gate, STACK};
use crate::support::iam::policy::Call;
use crate::support::iam::template::bucket;
use crate::support::{Service, order};

/// A client with a session of ACME_BANK.
fn client(service: &Service) -> aws_sdk_dynamodb::Client {
    let access = Access { session_token: Some("ACME_BANK".to_owned()), ..access() };
    let config = aws::config(&access, Gate::before(aws::http_client(Roots::Amazon)));
    aws::dynamodb(&config, Some(&format!("http://{}", service.stack.dynamodb)))
}

#[tokio::test]
async fn a_request_of_another_function_or_tenant_is_stopped_and_ends_the_test() {
    let service = Service::start().await;
    let store = &service.stack.handlers.store;
    assert!(service.create(order("ORD-1")).await.is_ok());
    assert!(service.guard.take().is_empty());
    // A function that reads, and writes.
    let change = SettingsChange { state: Some(TenantState::Enabled), ..SettingsChange::default() };
    assert!(work_of("fetch-status", store.change_settings(&acme(), &change)).await.is_err());
    assert!(service.guard.take()[0].contains("its session does not allow it"));
    // A session for one tenant, and a key of another.
    let client = client(&service);
    let get = |tenant: &str| {
        let key = S(format!("T#{tenant}#O#ORD-1"));
        client.get_item().table_name(TABLE).key("pk", key).key("sk", S("#".to_owned())).send()
    };
    assert!(work_of("fetch-status", get("ACME_BANK")).await.is_ok());
    for tenant in ["GLOBEX", "ACME", "ACME_BANK_2"] {
        assert!(work_of("fetch-status", get(tenant)).await.is_err(), "{tenant}");
        assert!(service.guard.take()[0].contains("its session does not allow it"));
    }
    // What no policy judges: a row of an index under another tenant.
    for tenant in ["GLOBEX", "ACME"] {
        let put = client.put_item().table_name(TABLE).item("pk", S("T#ACME_BANK#O#ORD-2".to_owned()));
        let put = put.item("sk", S("#".to_owned())).item("gsi1pk", S(format!("T#{tenant}#S#RECEIVED#0")));
        assert!(work_of("create-order", put.send()).await.is_err());
        assert!(service.guard.take()[0].contains("a row of an index"));
    }
    // A whole table.
    assert!(work_of("work-due", client.scan().table_name(TABLE).send()).await.is_err());
    assert_eq!(service.guard.take().len(), 1);
    // No session at all.
    let plain = aws::config(&access(), Gate::before(aws::http_client(Roots::Amazon)));
    let plain = aws::dynamodb(&plain, Some(&format!("http://{}", service.stack.dynamodb)));
    let settings = Store::new(plain, TABLE);
    assert!(work_of("fetch-status", settings.settings(&acme())).await.is_err());
    assert!(service.guard.take()[0].contains("its own role"));
}

#[tokio::test]
async fn an_object_of_another_tenant_is_not_opened() {
    let service = Service::start().await;
    let url = format!("http://{}", service.stack.s3);
    let config = aws::config(&access(), Gate::before(aws::http_client(Roots::Amazon)));
    let signer = TicketSigner::new(access(), BUCKET, Some(&url));
    let bucket = Bucket::new(aws::s3(&config, Some(&url)), BUCKET, signer).isolated(Some(sessions()));
    let object = StoredObject { key: "t/GLOBEX/inbox/kits.txt".to_owned(), version_id: "v".to_owned() };
    assert!(work_of("ingest-file", bucket.open(&acme(), &object)).await.is_err());
    assert!(service.guard.take()[0].contains("its session does not allow it"));
}

#[tokio::test]
async fn a_ticket_is_signed_by_a_session_that_may_put_its_object_and_no_other_tenants() {
    let service = Service::start().await;
    let body = json!({ "fileName": "kits.txt", "sizeBytes": 100, "sha256": "0".repeat(64) });
    let ticket = service.post("/card-order/uploadTicket", &body).await;
    let fields = &ticket.body["result"]["fields"];
    let (tenant, key) = (fields["x-amz-security-token"].as_str().unwrap(), fields["key"].as_str().unwrap());
    assert_eq!(tenant, "ACME_BANK");
    let session = STACK.functions["upload-file"].1.as_ref().unwrap();
    let put = Call::new("s3:PutObject", &bucket(Some(key)));
    for (tenant, want) in [("ACME_BANK", true), ("ACME", false), ("GLOBEX", false)] {
        assert_eq!(STACK.session_allows(session, tenant, &put), want, "{tenant}");
    }
}
