//! The keys of usage plans.

use authorize::Authorizer;
use jiff::SignedDuration;
use serde_json::Value;
use shared::aws;
use shared::domain::{PlanKey, TenantId};
use shared::store::Credentials;

use super::{ask, credentials, event_with, issue};
use crate::alarms::Logged;
use crate::support::wire::{Fate, Wire};
use crate::support::{Service, TestClock};

const VALUE: &str = "value-of-the-key-of-a-usage-plan";

async fn set(service: &Service, tenant: &str, value: Option<&str>) {
    let (tenant, key) = (TenantId::parse(tenant).unwrap(), value.map(|value| PlanKey::parse(value).unwrap()));
    credentials(service).set_plan_key(&tenant, key.as_ref()).await.unwrap();
}

/// An authorizer that reads by this wire.
fn authorizer(service: &Service, wire: &Wire, clock: &TestClock) -> Authorizer {
    let config = aws::config(&local::stack::access(), aws_sdk_dynamodb::config::SharedHttpClient::new(wire.clone()));
    let client = aws::dynamodb(&config, Some(&format!("http://{}", service.stack.dynamodb)));
    Authorizer::new(Credentials::new(client, local::stack::KEYS_TABLE), None, clock.as_clock())
}

#[tokio::test]
async fn the_gateway_gets_the_key_of_the_tenants_plan_and_nobody_else() {
    let logged = Logged::default();
    let _guard = logged.start();
    let (service, clock) = (Service::start().await, TestClock::default());
    let authorizer = authorizer(&service, &Wire::counting(), &clock);
    set(&service, "ACME_BANK", Some(VALUE)).await;
    for (tenant, want) in [("ACME_BANK", VALUE.into()), ("GLOBEX", Value::Null), ("ACME", Value::Null)] {
        let key = issue(&service, tenant, "maker", "orders").await;
        let answer = ask(&authorizer, &event_with(&[&key])).await.unwrap();
        assert_eq!(answer["usageIdentifierKey"], want, "{tenant}");
        // The functions do not get it.
        assert!(!answer["context"].to_string().contains(VALUE));
    }
    let denied = ask(&authorizer, &event_with(&["Bearer x"])).await.unwrap();
    assert_eq!(denied["usageIdentifierKey"], Value::Null);
    let lines = logged.lines();
    assert!(lines.iter().any(|line| line["message"] == "allowed"));
    assert!(!format!("{lines:?}").contains(VALUE));
}

#[tokio::test]
async fn a_tenants_key_is_read_once_in_five_minutes_whether_there_is_one_or_not() {
    let (service, clock) = (Service::start().await, TestClock::default());
    let wire = Wire::counting();
    let authorizer = authorizer(&service, &wire, &clock);
    let keys = [issue(&service, "ACME_BANK", "maker", "orders").await, issue(&service, "ACME_BANK", "c", "read").await];
    let seen_by = async |value: Option<&str>| {
        for key in &keys {
            let answer = ask(&authorizer, &event_with(&[key])).await.unwrap();
            assert_eq!(answer["usageIdentifierKey"].as_str(), value);
        }
        wire.seen().len()
    };
    assert_eq!(seen_by(None).await, 3, "two keys and the tenant");
    set(&service, "ACME_BANK", Some(VALUE)).await;
    clock.advance(SignedDuration::from_secs(299));
    assert_eq!(seen_by(None).await, 5, "two keys");
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(seen_by(Some(VALUE)).await, 8);
    set(&service, "ACME_BANK", None).await;
    clock.advance(SignedDuration::from_mins(5));
    assert_eq!(seen_by(None).await, 11);
    let units: f64 = wire.seen().iter().map(|seen| seen.units).sum();
    assert!((units - (8.0 + 3.0 * 0.5)).abs() < 0.01, "{units}");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_an_error_and_no_answer_without_it() {
    let (service, clock) = (Service::start().await, TestClock::default());
    let refused = Fate::Refused(400, r#"{"__type":"com.amazon.coral.service#AccessDeniedException"}"#);
    let wire = Wire::new(move |_, earlier| if earlier == 1 { refused.clone() } else { Fate::Answered });
    let authorizer = authorizer(&service, &wire, &clock);
    let key = issue(&service, "ACME_BANK", "maker", "orders").await;
    set(&service, "ACME_BANK", Some(VALUE)).await;
    assert!(ask(&authorizer, &event_with(&[&key])).await.is_err());
    assert_eq!(ask(&authorizer, &event_with(&[&key])).await.unwrap()["usageIdentifierKey"], VALUE);
}
