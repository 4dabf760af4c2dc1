//! Orders on their way through the card management system (CMS); the simulator's ledger shows what really happened.

mod breaker;
mod cost;
mod crash;
mod events;
mod history;
mod races;
mod scripts;

use std::sync::{Arc, LazyLock};

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use local::handlers::Handlers;
use serde_json::{Value, json};
use shared::call::Call;
use shared::cms::HttpCms;
use shared::deadline::Deadline;
use shared::domain::{
    OrderId, OrderQuantity, Quantity, Scopes, Status, Step, Tenant, TenantId, TenantSettings, TenantState,
};
use shared::processing::Worker;

use crate::support::wire::Wire;
use crate::support::{Service, TestClock, limits_for, no_token, order};

/// Longer than any lease or pause.
pub const A_WHILE: SignedDuration = SignedDuration::from_mins(16);

/// An order of two lines for which the simulator plays a script.
pub fn scripted(id: &str, script: &str) -> Value {
    let mut body = order(id);
    body["metaValues"] = json!({ "simulate": script });
    let second = json!({ "productId": "02", "bin": "608040", "quantity": 20, "plasticCode": "71" });
    body["products"].as_array_mut().unwrap().push(second);
    body
}

pub fn acme() -> TenantId {
    TenantId::parse("ACME_BANK").unwrap()
}

pub fn acme_settings() -> TenantSettings {
    TenantSettings {
        display_name: "ACME Bank".to_owned(),
        time_zone: TimeZone::UTC,
        products: Vec::new(),
        quantity_max: Quantity::MAX,
        order_quantity_max: OrderQuantity::MAX,
        approval_above: None,
        cms_profile: None,
        status_shards: 4,
        due_shards: 8,
        state: TenantState::Enabled,
    }
}

/// The call of every worker under test.
pub static CALL: LazyLock<Call> = LazyLock::new(|| Call {
    principal: None,
    scopes: Scopes::default(),
    tenant: Tenant { id: acme(), settings: acme_settings() },
    actor: "test",
    request_id: "request-of-the-test".to_owned(),
    now: crate::support::now(),
    is_dry_run: false,
    deadline: Deadline::never(),
});

pub fn worker(app: &Handlers) -> Worker<'_> {
    app.work.processing.worker(&CALL)
}

/// Separate handlers with their own breaker, whose CMS timeout suits the script.
pub fn app_for(script: &str, service: &Service, clock: &TestClock, attempts_max: u32) -> Handlers {
    app_over(&Wire::counting(), script, service, clock, attempts_max)
}

/// The same over a wire.
pub fn app_over(wire: &Wire, script: &str, service: &Service, clock: &TestClock, attempts_max: u32) -> Handlers {
    let cms = HttpCms::new(&format!("http://{}", service.stack.cms), no_token(), limits_for(script)).unwrap();
    wire.app_with(&service.stack, clock.as_clock(), Arc::new(cms), attempts_max)
}

/// Takes step after step until the order has ended or is on hold. Returns its status and next step.
pub async fn live(app: &Handlers, clock: &TestClock, id: &str) -> (Status, Step) {
    live_by(app, clock, id, A_WHILE).await
}

/// The same, with this much time between the steps.
pub async fn live_by(app: &Handlers, clock: &TestClock, id: &str, pace: SignedDuration) -> (Status, Step) {
    let id = OrderId::parse(id).unwrap();
    let worker = worker(app);
    for _ in 0..100 {
        let order = app.store.work_order(&acme(), &id).await.unwrap().unwrap();
        let step = worker.next_step(&order);
        if matches!(step, Step::Ended | Step::Held) {
            return (order.state.status, step);
        }
        worker.advance(&order).await.unwrap();
        clock.advance(pace);
    }
    panic!("{id} comes to no end");
}

/// Returns an order's placements, cards and status in the simulator's ledger.
pub fn ledger(service: &Service, id: &str) -> (u32, u64, String) {
    let key = format!("ACME_BANK:{id}");
    let entry = service.stack.simulator.ledger().unwrap().into_iter().find(|entry| entry.key == key);
    entry.map_or((0, 0, "NONE".to_owned()), |entry| (entry.placements, entry.cards, entry.status))
}
