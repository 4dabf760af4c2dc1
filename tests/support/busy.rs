//! A busy table: it rejects transactions that conflict on an item, as DynamoDB does and the embedded store does not, and
//! more than a number of writes at once.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use shared::aws::http_client;
use shared::https::Roots;

/// How long a transaction locks its items.
const HOLD: Duration = Duration::from_millis(12);

/// The state that all users of the table share.
#[derive(Debug, Clone)]
pub struct BusyTable {
    inner: SharedHttpClient,
    held: Arc<Mutex<HashSet<String>>>,
    writes_max: usize,
    writes: Arc<AtomicUsize>,
    throttled: Arc<AtomicUsize>,
}

impl BusyTable {
    /// A table on which transactions conflict.
    pub fn conflicting() -> Self {
        Self::throttling(usize::MAX)
    }

    /// A table that accepts this many writes at once.
    pub fn throttling(writes_max: usize) -> Self {
        let (held, writes, throttled) = Default::default();
        Self { inner: http_client(Roots::Amazon), held, writes_max, writes, throttled }
    }

    /// Returns how many writes it has throttled.
    pub fn throttled(&self) -> usize {
        self.throttled.load(Ordering::Relaxed)
    }

    /// Begins a write, if there is capacity.
    fn begin_write(&self) -> Option<UnderWay> {
        let write = UnderWay(Arc::clone(&self.writes));
        if self.writes.fetch_add(1, Ordering::Relaxed) < self.writes_max {
            return Some(write);
        }
        self.throttled.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// A write that is under way, until it is dropped.
struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl HttpClient for BusyTable {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, table: self.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    table: BusyTable,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body: Value = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        let (inner, table) = (self.inner.clone(), self.table.clone());
        HttpConnectorFuture::new(async move {
            let parts = match operation.as_str() {
                "TransactWriteItems" => body["TransactItems"].as_array().cloned().unwrap_or_default(),
                "PutItem" | "UpdateItem" => vec![json!({ "Put": body })],
                _ => return inner.call(request).await,
            };
            let Some(_write) = table.begin_write() else {
                return Ok(refusal("ProvisionedThroughputExceededException", 0));
            };
            let keys: Vec<String> = parts.iter().map(key).collect();
            let is_transaction = operation == "TransactWriteItems";
            {
                let mut held = table.held.lock().unwrap();
                if keys.iter().any(|key| held.contains(key)) {
                    let code =
                        if is_transaction { "TransactionCanceledException" } else { "TransactionConflictException" };
                    return Ok(refusal(code, parts.len()));
                }
                if is_transaction {
                    held.extend(keys.iter().cloned());
                }
            }
            if !is_transaction {
                return inner.call(request).await;
            }
            tokio::time::sleep(HOLD).await;
            let answer = inner.call(request).await;
            table.held.lock().unwrap().retain(|held| !keys.contains(held));
            answer
        })
    }
}

/// The key of the item that a part of a transaction writes.
fn key(part: &Value) -> String {
    let write = part.as_object().and_then(|part| part.values().next()).cloned().unwrap_or_default();
    let item = if write["Item"].is_null() { &write["Key"] } else { &write["Item"] };
    format!("{} {}", item["pk"]["S"], item["sk"]["S"])
}

fn refusal(code: &str, parts: usize) -> HttpResponse {
    let reasons = vec![json!({ "Code": "TransactionConflict" }); parts];
    let body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "Message": "busy", "CancellationReasons": reasons,
    });
    HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body.to_string()))
}
