//! `--dry-run`: between the SDK and the network, writes to the store are printed instead of sent. What is printed is the
//! body that would have been sent, without secrets.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use shared::store::SECRET_ATTRIBUTE;

/// The operations of DynamoDB that write nothing. Any other is a write.
const READS: [&str; 8] = [
    "BatchGetItem",
    "DescribeContinuousBackups",
    "DescribeTable",
    "DescribeTimeToLive",
    "GetItem",
    "Query",
    "Scan",
    "TransactGetItems",
];

/// Whether writes are only printed, and whether one was.
#[derive(Debug, Clone)]
pub(crate) enum Rehearsal {
    /// Writes are sent.
    Off,
    /// They are printed; the flag is set by the first one.
    On(Arc<AtomicBool>),
}

impl Rehearsal {
    pub(crate) fn new(flags: &crate::flags::GlobalArguments) -> Self {
        if flags.dry_run { Self::On(Arc::default()) } else { Self::Off }
    }

    /// Whether a write was printed instead of sent.
    pub(crate) fn has_held_back(&self) -> bool {
        matches!(self, Self::On(held_back) if held_back.load(Ordering::Relaxed))
    }

    /// A client that sends what may be sent.
    pub(crate) fn over(&self, client: SharedHttpClient) -> SharedHttpClient {
        match self {
            Self::Off => client,
            Self::On(held_back) => {
                SharedHttpClient::new(Rehearsing { inner: client, held_back: Arc::clone(held_back) })
            }
        }
    }
}

#[derive(Debug)]
struct Rehearsing {
    inner: SharedHttpClient,
    held_back: Arc<AtomicBool>,
}

impl HttpClient for Rehearsing {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(RehearsingConnector { inner, held_back: Arc::clone(&self.held_back) })
    }
}

#[derive(Debug)]
struct RehearsingConnector {
    inner: SharedHttpConnector,
    held_back: Arc<AtomicBool>,
}

impl HttpConnector for RehearsingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(operation) = written_by(&request) else { return self.inner.call(request) };
        self.held_back.store(true, Ordering::Relaxed);
        HttpConnectorFuture::ready(print(&operation, &request))
    }
}

/// Returns the operation of a request that would write.
fn written_by(request: &HttpRequest) -> Option<String> {
    let (service, operation) = request.headers().get("x-amz-target")?.split_once('.')?;
    (service.starts_with("DynamoDB_") && !READS.contains(&operation)).then(|| operation.to_owned())
}

/// Prints a request's body, and answers as if it had been carried out.
fn print(operation: &str, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let body = request.body().bytes().unwrap_or_default();
    let mut body: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| ConnectorError::other(error.into(), None))?;
    if let Some(secret) = body.get_mut("Item").and_then(|item| item.get_mut(SECRET_ATTRIBUTE)) {
        *secret = "***".into();
    }
    let failed = |error: std::io::Error| ConnectorError::other(error.into(), None);
    writeln!(std::io::stderr(), "dry run: this {operation} is not sent").map_err(failed)?;
    writeln!(std::io::stdout(), "{body:#}").map_err(failed)?;
    Ok(HttpResponse::new(
        aws_smithy_runtime_api::http::StatusCode::try_from(200)
            .map_err(|error| ConnectorError::other(error.into(), None))?,
        SdkBody::from("{}"),
    ))
}
