//! The header `tenant`, on every route.

use serde_json::json;
use shared::api::Route;

use crate::support::Service;

#[tokio::test]
async fn every_route_asks_for_one_registered_tenant_first() {
    let service = Service::start().await;
    for route in Route::ALL {
        let route = route.path();
        for headers in [
            vec![],
            vec![("tenant", "")],
            vec![("tenant", " ")],
            vec![("tenant", "ACME_BANK,GLOBEX")],
            vec![("tenant", "ACME BANK")],
            vec![("tenant", "_ACME")],
            vec![("tenant", "ACME#O")],
            vec![("tenant", "ACME_BANK"), ("tenant", "ACME_BANK")],
            vec![("tenant", "ACME_BANK"), ("Tenant", "GLOBEX")],
        ] {
            let answer = service.post_with(route, &headers, &json!({})).await;
            assert_eq!((answer.status, answer.code()), (400, "tenant.header.missing"), "{route} {headers:?}");
            assert!(answer.faults().is_empty());
        }
        for unknown in ["acme_bank", "NOBODY"] {
            let answer = service.post_with(route, &[("tenant", unknown)], &json!({})).await;
            assert_eq!((answer.status, answer.code()), (404, "tenant.not.found"), "{route} {unknown}");
        }
    }
    let two_users = [("tenant", "ACME_BANK"), ("x-user", "a"), ("x-user", "b")];
    let answer = service.post_with("/card-order", &two_users, &json!({})).await;
    let rule = "must be 1 to 128 printable ASCII characters without blanks, and no card number";
    assert_eq!(answer.faults(), [format!("header x-user must be given once and {rule}")]);
    let latin = service.send("POST", "/v1/card-order", &[("tenant", b"ACME\xe4")], b"{}".to_vec()).await;
    assert_eq!(latin.code(), "tenant.header.missing");
}
