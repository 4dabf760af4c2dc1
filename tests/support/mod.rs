//! The stack of one test, and calls of its operations.

mod answer;
pub mod busy;
pub mod form;
pub mod iam;
pub mod kits;
pub mod runtime_api;
pub mod tls;
pub mod wire;

use std::borrow::Borrow;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

pub use answer::Answer;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
pub use kits::{kits_marked, kits_of, pgk, sealed};
pub use local::config::PATIENT;
pub use local::stack::Options;
use local::stack::Stack;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use shared::aws;
use shared::clock::Clock;
use shared::cms::{CmsConnection, CmsLimits};
use shared::https::Roots;

use crate::openapi::{Exchange, check};
use iam::gate::{Gate, Guard};

/// The time for which the fixtures were made.
pub const NOW: &str = "2026-01-15T10:00:00Z";

/// A port that the system chooses.
pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// For a script that the simulator never answers.
pub const HASTY: CmsLimits = CmsLimits { connect: Duration::from_secs(5), call: Duration::from_millis(100) };

/// A connection to a CMS that asks for no credential.
pub fn no_token() -> CmsConnection {
    CmsConnection::with_token(None).unwrap()
}

/// Returns the timeouts for this script. If the simulator hangs only once, later calls must not time out on a busy machine.
pub fn limits_for(script: &str) -> CmsLimits {
    match script {
        "never-answer" => HASTY,
        "accept-then-hang" => CmsLimits { call: Duration::from_millis(500), ..PATIENT },
        _ => PATIENT,
    }
}

/// A running stack and a client of its gateway.
pub struct Service {
    pub stack: Stack,
    http: reqwest::Client,
    /// Fails the test in which a function asked for what its policies do not allow.
    pub guard: Guard,
}

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A clock that a test advances.
#[derive(Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub fn advance(&self, by: SignedDuration) {
        self.0.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    pub fn as_clock(&self) -> Clock {
        let clock = self.clone();
        Clock::new(move || now() + SignedDuration::from_secs(clock.0.load(Ordering::Relaxed)))
    }
}

/// The options of a stack whose clock stands at [`NOW`] and that keeps nothing.
pub fn options() -> Options {
    let aws_http = Gate::before(aws::http_client(Roots::Amazon));
    Options { clock: Clock::new(now), aws_http, ..Options::on_any_ports() }
}

impl Service {
    /// Starts a stack whose clock stands at [`NOW`].
    pub async fn start() -> Self {
        Self::start_with(options()).await
    }

    /// Starts a stack whose clock the test advances.
    pub async fn start_with_clock() -> (Self, TestClock) {
        let clock = TestClock::default();
        (Self::start_with(Options { clock: clock.as_clock(), ..options() }).await, clock)
    }

    /// Starts a stack whose CMS timeouts suit this script.
    pub async fn start_for(script: &str) -> (Self, TestClock) {
        let clock = TestClock::default();
        let options = Options { clock: clock.as_clock(), cms_limits: limits_for(script), ..options() };
        (Self::start_with(options).await, clock)
    }

    /// Starts a stack at another time.
    pub async fn start_after(offset: SignedDuration, data: &Path) -> Self {
        let clock = Clock::new(move || now() + offset);
        Self::start_with(Options { data: Some(data.to_owned()), clock, ..options() }).await
    }

    pub async fn start_with(options: Options) -> Self {
        let stack = Stack::start(options).await.unwrap();
        let guard = Guard::of([stack.dynamodb, stack.s3]);
        Self { stack, http: reqwest::Client::new(), guard }
    }

    /// A client of the store.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let url = format!("http://{}", self.stack.dynamodb);
        aws::dynamodb(&aws::config(&local::stack::access(), aws::http_client(Roots::Amazon)), Some(&url))
    }

    /// Makes orders of ACME_BANK need approval if they have more kits than this. Settings are kept for a minute: to be called
    /// before any operation.
    pub async fn approval_above(&self, kits: u32) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update = self.dynamodb().update_item().table_name(local::stack::TABLE);
        let update = update.key("pk", text("T#ACME_BANK#CFG")).key("sk", text("#"));
        let update = update.update_expression("SET approvalAbove = :kits");
        let update = update.expression_attribute_values(":kits", AttributeValue::N(kits.to_string()));
        update.send().await.unwrap();
    }

    /// A client of the bucket.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let url = format!("http://{}", self.stack.s3);
        aws::s3(&aws::config(&local::stack::access(), aws::http_client(Roots::Amazon)), Some(&url))
    }

    /// Waits until a file of ACME_BANK has a verdict, which must be this one.
    pub async fn file_settled(&self, name: &str, want: &str) -> Value {
        loop {
            let answer = self.fetch_file(name).await;
            let status = &answer.body["result"]["status"];
            if answer.is_ok() && *status != "STORED" && *status != "VALIDATING" {
                assert_eq!(status, want, "{}", answer.text);
                return answer.body["result"].clone();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Sends any request. The call is held to `openapi.yaml`.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &[u8])], body: Vec<u8>) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        let url = format!("http://{}{path}", self.stack.gateway);
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method.clone(), url).headers(map.clone()).body(body.clone());
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let answer = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not an envelope: {text}"));
        let (method, sent_headers, sent) = (method.as_str(), &map, &body);
        check(&Exchange { method, path, sent_headers, sent, status, headers: &headers, body: &answer });
        Answer { status, headers, body: answer, text }
    }

    /// Places an order.
    pub async fn create(&self, order: impl Borrow<Value>) -> Answer {
        self.post("/card-order", order.borrow()).await
    }

    /// Places an order that takes its kits from a file.
    pub async fn create_with_file(&self, order: impl Borrow<Value>) -> Answer {
        self.post("/card-order/withFile", order.borrow()).await
    }

    /// Cancels an order of the branch in [`order`].
    pub async fn cancel(&self, id: &str) -> Answer {
        self.post("/card-order/cancel", &cancel(id)).await
    }

    pub async fn process(&self, id: &str) -> Answer {
        self.post("/card-order/process", &json!({ "cardOrderId": id })).await
    }

    /// Asks the card management system about an order.
    pub async fn sync(&self, id: &str) -> Answer {
        self.post("/card-order/status", &json!({ "cardOrderId": id })).await
    }

    pub async fn fetch_status(&self, id: &str) -> Answer {
        self.post("/card-order/fetchStatus", &json!({ "cardOrderId": id })).await
    }

    pub async fn fetch_history(&self, id: &str) -> Answer {
        self.post("/card-order/history", &json!({ "cardOrderId": id })).await
    }

    pub async fn fetch_file(&self, name: &str) -> Answer {
        self.post("/card-order/fetchFile", &json!({ "fileName": name })).await
    }

    /// Calls a JSON operation for ACME_BANK.
    pub async fn post(&self, route: &str, body: &Value) -> Answer {
        self.post_as("ACME_BANK", route, body).await
    }

    /// Calls a JSON operation for a tenant.
    pub async fn post_as(&self, tenant: &str, route: &str, body: &Value) -> Answer {
        self.post_with(route, &[("tenant", tenant)], body).await
    }

    /// Calls a JSON operation with these headers.
    pub async fn post_with(&self, route: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all: Vec<(&str, &[u8])> = vec![("content-type", b"application/json")];
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        self.send("POST", &format!("/v1{route}"), &all, body.to_string().into_bytes()).await
    }

    /// Uploads a file for ACME_BANK.
    pub async fn upload(&self, name: &str, content: &[u8]) -> Answer {
        self.upload_with(&[("tenant", "ACME_BANK")], name, content).await
    }

    /// Uploads a file with these headers.
    pub async fn upload_with(&self, headers: &[(&str, &str)], name: &str, content: &[u8]) -> Answer {
        let content_type = form::content_type();
        let mut all: Vec<(&str, &[u8])> = vec![("content-type", content_type.as_bytes())];
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let body = form::body(&[form::file(name, content)]);
        self.send("POST", "/v1/card-order/uploadFile", &all, body).await
    }

    /// Returns the status of an order.
    pub async fn status(&self, id: &str) -> Value {
        self.fetch_status(id).await.body["result"]["status"].clone()
    }
}

/// The smallest order.
pub fn order(id: &str) -> Value {
    json!({
        "orderId": id,
        "branchInfo": { "branchId": "12345" },
        "products": [{ "productId": "01", "bin": "87654322", "quantity": 5 }],
    })
}

/// An order for the kits of `valid-3.txt`.
pub fn order_with_file(id: &str, file: &str) -> Value {
    json!({
        "orderId": id,
        "fileName": file,
        "branchInfo": { "branchId": "12345" },
        "products": [
            { "productId": "PROD-001", "bin": "60804012", "quantity": 2 },
            { "productId": "PROD-002", "bin": "608040", "quantity": 1, "plasticCode": "72" },
        ],
    })
}

pub fn cancel(id: &str) -> Value {
    json!({ "orderId": id, "branchId": "12345" })
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the project.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
