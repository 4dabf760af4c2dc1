//! `dispatch-due`: one message per tenant.

use std::sync::{Arc, Mutex};

use shared::error::Error;

use crate::support::Service;
use crate::support::wire::{Fate, Wire};

#[tokio::test]
async fn every_tenant_of_the_list_gets_a_message() {
    let service = Service::start().await;
    let sent = Arc::new(Mutex::new(Vec::new()));
    let queue = Arc::clone(&sent);
    let app = Wire::counting().app_with_queue(&service.stack, move |body| queue.lock().unwrap().push(body));
    assert_eq!(app.dispatch().await.unwrap(), 2);
    let mut sent = sent.lock().unwrap().clone();
    sent.sort();
    assert_eq!(sent, [r#"{"tenant":"ACME_BANK"}"#, r#"{"tenant":"GLOBEX"}"#]);
}

#[tokio::test]
async fn a_row_that_names_no_tenant_keeps_nobody_waiting() {
    let service = Service::start().await;
    let bad = aws_sdk_dynamodb::types::AttributeValue::S("ACME BANK".to_owned());
    let put = service.dynamodb().put_item().table_name(local::stack::TENANTS_TABLE).item("tenant", bad);
    put.send().await.unwrap();
    let app = Wire::counting().app_with_queue(&service.stack, drop);
    assert_eq!(app.dispatch().await.unwrap(), 2);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_an_error_for_the_alarm() {
    let service = Service::start().await;
    let throttled = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}"#;
    let wire = Wire::new(move |_, _| Fate::Refused(400, throttled));
    let app = wire.app_with_queue(&service.stack, |_| panic!("nothing is sent"));
    assert!(matches!(app.dispatch().await, Err(Error::Unavailable { .. })));
}
