//! What the life of an order costs.

use jiff::SignedDuration;
use lambda_http::Context;
use serde_json::{Value, json};

use super::{app_over, live_by, scripted};
use crate::support::Service;
use crate::support::wire::{Seen, Wire};

/// Returns the write units of the requests on a wire.
fn written(wire: &Wire) -> f64 {
    let is_write = |seen: &&Seen| matches!(seen.operation.as_str(), "PutItem" | "UpdateItem" | "TransactWriteItems");
    wire.seen().iter().filter(is_write).map(|seen| seen.units).sum()
}

/// A typical order: with an address, a party and two lines.
fn full_order(id: &str, script: &str) -> Value {
    let mut body = scripted(id, script);
    body["address"] = "12 Second Avenue~Anna Nagar~Chennai~IN".into();
    body["pinCode"] = "600040".into();
    body["orderingPartyInfo"] = json!({ "orderingPartyId": "BR-12345", "orderingPartyType": "BRANCH" });
    body
}

#[tokio::test]
async fn the_life_of_an_order_costs_at_most_sixteen_write_units() {
    let (service, clock) = Service::start_with_clock().await;
    for script in ["accept", "flap", "drop-before", "reject-line-2"] {
        let wire = Wire::counting();
        let app = app_over(&wire, script, &service, &clock, 10);
        let id = format!("ORDER-2026-01-15-{script}");
        let event = json!({
            "httpMethod": "POST",
            "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": ["application/json"] },
            "requestContext": { "requestId": "5b1f2c9e-6f0e-4c1e-9d0a-3f7a2b6c8d10" },
            "body": full_order(&id, script).to_string(),
        });
        let event = serde_json::from_value(event).unwrap();
        let created = app.answer(shared::api::Function::CreateOrder, event, Context::default()).await;
        assert_eq!(created.status_code, 200);
        assert!(written(&wire) <= 4.0, "{script}: created for {}", written(&wire));
        // As the tick would.
        live_by(&app, &clock, &id, SignedDuration::from_mins(1)).await;
        assert!(written(&wire) <= 16.0, "{script}: {} units: {:?}", written(&wire), wire.seen());
    }
}
