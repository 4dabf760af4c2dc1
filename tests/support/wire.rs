//! The wire between the SDK and the embedded services: it can lose answers, fake them, and count what they cost.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use jiff::SignedDuration;
use lambda_http::Context;
use local::handlers::{Handlers, Parts};
use local::stack::{BUCKET, Stack, TABLE, TENANTS_TABLE, access, sessions};
use serde_json::{Value, json};
use shared::api::{Function, TenantMode};
use shared::aws;
use shared::bucket::{Bucket, TicketSigner};
use shared::clock::Clock;
use shared::cms::{Cms, HttpCms};
use shared::https::Roots;
use shared::processing::RetryPolicy;
use shared::queue::Queue;
use shared::runtime::ATTEMPTS_MAX;
use shared::store::{Retention, Store, TenantList};
use tokio::sync::Notify;

use super::iam::gate::Gate;

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// It takes effect, and its answer is lost.
    AnswerLost,
    /// It never arrives; the caller receives this status and body.
    Refused(u16, &'static str),
    /// The caller is killed before it arrives.
    KilledBefore,
    /// The caller is killed after it took effect, before the answer.
    KilledAfter,
}

type Judge = dyn Fn(&str, usize) -> Fate + Send + Sync;

/// A wire that decides the fate of each request and records what was sent.
#[derive(Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    judge: Arc<Judge>,
    seen: Arc<Mutex<Vec<Seen>>>,
    sent: Arc<Mutex<Vec<Value>>>,
    /// Notified when the caller is to be killed.
    killed: Arc<Notify>,
    retention: Retention,
}

/// A request that was answered: its operation, and the units that it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub operation: String,
    pub units: f64,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// `judge` receives the operation and the number of earlier calls of it.
    pub fn new(judge: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> Self {
        Self {
            inner: aws::http_client(Roots::Amazon),
            judge: Arc::new(judge),
            seen: Arc::default(),
            sent: Arc::default(),
            killed: Arc::default(),
            retention: Retention::default(),
        }
    }

    /// A wire whose handlers keep orders for so long after their end.
    pub fn keeping(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// A wire that only counts, over another client than the plain one.
    pub fn over(client: impl HttpClient + 'static) -> Self {
        Self { inner: SharedHttpClient::new(client), ..Self::counting() }
    }

    /// A wire that only counts.
    pub fn counting() -> Self {
        Self::new(|_, _| Fate::Answered)
    }

    /// Returns the requests that were answered.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Returns the bodies of the requests to the store.
    pub fn sent(&self) -> Vec<Value> {
        self.sent.lock().unwrap().clone()
    }

    /// Waits until a request has killed its caller, which must then be dropped: nothing will be answered.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    /// Lets a test of other calls kill their caller.
    pub fn kill_switch(&self) -> Arc<Notify> {
        Arc::clone(&self.killed)
    }

    /// Handlers whose SDK uses this wire.
    pub fn app(&self, stack: &Stack) -> Handlers {
        self.app_at(stack, SignedDuration::ZERO)
    }

    /// The same, with the test's own queue.
    pub fn app_with_queue(&self, stack: &Stack, send: impl Fn(String) + Send + Sync + 'static) -> Handlers {
        Handlers::new(self.parts(stack, Queue::InProcess(Arc::new(send))))
    }

    /// The same, some time after [`super::NOW`].
    pub fn app_at(&self, stack: &Stack, after: SignedDuration) -> Handlers {
        let clock = Clock::new(move || super::now() + after);
        Handlers::new(Parts { clock, ..self.parts(stack, no_queue()) })
    }

    /// The same, where the authorizer's context says who calls.
    pub fn app_for_authorized(&self, stack: &Stack) -> Handlers {
        Handlers::new(Parts { mode: TenantMode::Authorizer, ..self.parts(stack, no_queue()) })
    }

    /// The same, with the test's own clock and card management system.
    pub fn app_with(&self, stack: &Stack, clock: Clock, cms: Arc<dyn Cms>, attempts_max: u32) -> Handlers {
        let policy = RetryPolicy::new(attempts_max, SignedDuration::from_mins(15));
        Handlers::new(Parts { clock, cms, policy, ..self.parts(stack, no_queue()) })
    }

    fn parts(&self, stack: &Stack, queue: Queue) -> Parts {
        let config = aws::config(&access(), Gate::before(self.clone()));
        let client = aws::dynamodb(&config, Some(&format!("http://{}", stack.dynamodb)));
        let sessions = sessions();
        let s3_url = format!("http://{}", stack.s3);
        let signer = TicketSigner::new(access(), BUCKET, Some(&s3_url));
        let cms = HttpCms::new(&format!("http://{}", stack.cms), super::no_token(), super::PATIENT).unwrap();
        Parts {
            mode: TenantMode::Header,
            store: Store::new(client.clone(), TABLE).isolated(Some(sessions.clone())).keeping(self.retention),
            bucket: Bucket::new(aws::s3(&config, Some(&s3_url)), BUCKET, signer).isolated(Some(sessions)),
            tenant_list: TenantList::new(client, TENANTS_TABLE),
            cms: Arc::new(cms),
            policy: RetryPolicy::new(ATTEMPTS_MAX, SignedDuration::from_mins(15)),
            clock: Clock::new(super::now),
            files_queue: queue.clone(),
            turns_queue: queue,
        }
    }
}

/// Returns what a call of ACME_BANK costs: the requests to the store, with their units.
pub async fn cost_of(service: &super::Service, function: Function, body: &Value) -> Vec<Seen> {
    cost_of_route(service, SignedDuration::ZERO, function, None, body).await
}

/// The same, of the operation with this path, so long after [`super::NOW`].
pub async fn cost_of_route(
    service: &super::Service,
    after: SignedDuration,
    function: Function,
    path: Option<&str>,
    body: &Value,
) -> Vec<Seen> {
    let wire = Wire::counting();
    let app = wire.app_at(&service.stack, after);
    let event = json!({
        "httpMethod": "POST",
        "resource": path,
        "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": ["application/json"] },
        "body": body.to_string(),
    });
    let answer = app.answer(function, serde_json::from_value(event).unwrap(), Context::default()).await;
    assert_eq!(answer.status_code, 200, "{:?}", answer.body);
    // The first call of a sandbox reads the tenant's settings as well.
    wire.seen().into_iter().skip(1).collect()
}

fn no_queue() -> Queue {
    Queue::InProcess(Arc::new(|body| panic!("nobody takes {body}")))
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, wire: self.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = match request.headers().get("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
            None => request.method().to_owned(),
        };
        let (inner, wire) = (self.inner.clone(), self.wire.clone());
        wire.sent.lock().unwrap().extend(request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()));
        HttpConnectorFuture::new(async move {
            let (index, calls) = {
                let mut seen = wire.seen.lock().unwrap();
                seen.push(Seen { operation: operation.clone(), units: 0.0 });
                (seen.len() - 1, seen.iter().filter(|seen| seen.operation == operation).count() - 1)
            };
            match (wire.judge)(&operation, calls) {
                Fate::Refused(status, body) => {
                    return Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body)));
                }
                Fate::AnswerLost => {
                    inner.call(request).await?;
                    return Err(ConnectorError::io("the connection was reset".into()));
                }
                fate @ (Fate::KilledBefore | Fate::KilledAfter) => {
                    if fate == Fate::KilledAfter {
                        inner.call(request).await?;
                    }
                    wire.killed.notify_one();
                    return std::future::pending().await;
                }
                Fate::Answered => {}
            }
            let mut response = inner.call(request).await?;
            let bytes = ByteStream::new(response.take_body()).collect().await.unwrap().into_bytes();
            if let Ok(body) = serde_json::from_slice::<Value>(&bytes)
                && let Some(units) = units(&body["ConsumedCapacity"])
            {
                wire.seen.lock().unwrap()[index].units = units;
            }
            *response.body_mut() = SdkBody::from(bytes);
            Ok(response)
        })
    }
}

fn units(capacity: &Value) -> Option<f64> {
    match capacity {
        Value::Array(tables) => Some(tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum()),
        table => table["CapacityUnits"].as_f64(),
    }
}
