//! The HTTP gateway: turns a request into the event that an API Gateway REST API would send, calls the function's handler
//! with it, and turns its answer back into HTTP. Both pass as JSON text, so that what works here works there.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use lambda_http::Context;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use serde_json::{Map, Value, json};
use shared::api::entry::{self, RestEvent};
use shared::api::{FILE_BYTES_MAX, JSON_BYTES_MAX};
use shared::domain::Faults;
use shared::error::Error;
use shared::runtime::App;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::guard::Refusal;
use crate::listener::{Listener, close_after};

/// The stage of the API, which is the first segment of every path.
const STAGE: &str = "v1";
/// The largest body that API Gateway lets through.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The largest event that Lambda lets through: the body and everything around it.
const EVENT_BYTES_MAX: usize = 6 * 1024 * 1024;

/// An operation: the function that carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `create-order`
    CreateOrder,
    /// `pgk-order`
    PgkOrder,
    /// `upload-file`
    UploadFile,
    /// `cancel-order`
    CancelOrder,
    /// `fetch-status`
    FetchStatus,
    /// `fetch-file`
    FetchFile,
    /// `received-orders`
    ReceivedOrders,
    /// `process-order`
    ProcessOrder,
    /// `sync-status`
    SyncStatus,
    /// `retry-stuck`
    RetryStuck,
}

/// Every route; `template.yaml` has the same.
pub const ROUTES: [(&str, Function); 13] = [
    ("/card-order", Function::CreateOrder),
    ("/card-order/withFile", Function::PgkOrder),
    ("/card-order/uploadFile", Function::UploadFile),
    ("/card-order/uploadTicket", Function::UploadFile),
    ("/card-order/fetchFile", Function::FetchFile),
    ("/card-order/cancel", Function::CancelOrder),
    ("/card-order/fetchStatus", Function::FetchStatus),
    ("/card-order/history", Function::FetchStatus),
    ("/card-order/received", Function::ReceivedOrders),
    ("/card-order/process", Function::ProcessOrder),
    ("/card-order/status", Function::SyncStatus),
    ("/card-order/sync-pending-status", Function::SyncStatus),
    ("/card-order/retry-stuck-pending", Function::RetryStuck),
];

impl Function {
    /// Returns the error for a body that does not reach the function.
    fn too_large(self) -> Error {
        let bytes_max = match self {
            Self::UploadFile => FILE_BYTES_MAX,
            Self::CreateOrder
            | Self::PgkOrder
            | Self::CancelOrder
            | Self::FetchStatus
            | Self::FetchFile
            | Self::ReceivedOrders
            | Self::ProcessOrder
            | Self::SyncStatus
            | Self::RetryStuck => JSON_BYTES_MAX,
        };
        Error::TooLarge { bytes_max }
    }

    /// Calls the function's handler with one event, as Lambda would.
    pub async fn invoke(self, app: &App, event: RestEvent, context: Context) -> ApiGatewayProxyResponse {
        match self {
            Self::CreateOrder => entry::call(event, context, |request| create_order::handle(app, request)).await,
            Self::PgkOrder => entry::call(event, context, |request| pgk_order::handle(app, request)).await,
            Self::UploadFile => entry::call(event, context, |request| upload_file::handle(app, request)).await,
            Self::CancelOrder => entry::call(event, context, |request| cancel_order::handle(app, request)).await,
            Self::FetchStatus => entry::call(event, context, |request| fetch_status::handle(app, request)).await,
            Self::FetchFile => entry::call(event, context, |request| fetch_file::handle(app, request)).await,
            Self::ReceivedOrders => entry::call(event, context, |request| received_orders::handle(app, request)).await,
            Self::ProcessOrder => entry::call(event, context, |request| process_order::handle(app, request)).await,
            Self::SyncStatus => entry::call(event, context, |request| sync_status::handle(app, request)).await,
            Self::RetryStuck => entry::call(event, context, |request| retry_stuck::handle(app, request)).await,
        }
    }
}

/// Serves until stopped.
pub(crate) async fn serve(listener: Listener, app: Arc<App>, stopped: CancellationToken) {
    let answer = move |client, request| {
        let app = Arc::clone(&app);
        async move { Ok(answer(&app, client, request).await) }
    };
    listener.serve(stopped, refuse_as_foreign, answer).await;
}

async fn answer(app: &App, client: SocketAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let id = Uuid::new_v4().to_string();
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix('/').and_then(|path| path.strip_prefix(STAGE)).unwrap_or_default();
    let Some((resource, function)) = ROUTES.iter().find(|(route, _)| *route == path) else {
        return refuse(&id, Error::RouteUnknown);
    };
    let body = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return refuse(&id, function.too_large()),
        Err(_) => return refuse(&id, Error::Invalid(Faults::one("body could not be read to its end"))),
    };
    let event = rest_event(&parts, resource, &body, &id, client).to_string();
    if event.len() > EVENT_BYTES_MAX {
        return refuse(&id, function.too_large());
    }
    let event: RestEvent = match serde_json::from_str(&event) {
        Ok(event) => event,
        Err(error) => return refuse(&id, Error::Internal { doing: "building an event", source: error.into() }),
    };
    let mut context = Context::default();
    context.request_id.clone_from(&id);
    let answer = function.invoke(app, event, context).await;
    http_response(&answer).unwrap_or_else(|source| refuse(&id, Error::Internal { doing: "reading an answer", source }))
}

/// Returns the event of one request.
fn rest_event(parts: &Parts, resource: &str, body: &Bytes, id: &str, client: SocketAddr) -> Value {
    let (headers, multi_value_headers) = header_maps(&parts.headers);
    let query = |value: Option<&str>| value.map_or(Value::Null, |query| json!({ "raw": query }));
    let (body, is_base64_encoded) = event_body(&parts.headers, body);
    json!({
        "resource": resource,
        "path": resource,
        "httpMethod": parts.method.as_str(),
        "headers": headers,
        "multiValueHeaders": multi_value_headers,
        "queryStringParameters": query(parts.uri.query()),
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "httpMethod": parts.method.as_str(),
            "identity": { "sourceIp": client.ip().to_string() },
            "path": parts.uri.path(),
            "protocol": "HTTP/1.1",
            "requestId": id,
            "resourcePath": resource,
            "stage": STAGE,
        },
        "body": body,
        "isBase64Encoded": is_base64_encoded,
    })
}

/// Returns `headers`, with the last value of each, and `multiValueHeaders`, with all of them.
fn header_maps(headers: &HeaderMap) -> (Map<String, Value>, Map<String, Value>) {
    let (mut single, mut multiple) = (Map::new(), Map::new());
    for name in headers.keys() {
        let values: Vec<Value> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into()).collect();
        single.extend(values.last().map(|last| (name.to_string(), last.clone())));
        multiple.insert(name.to_string(), Value::Array(values));
    }
    (single, multiple)
}

/// Returns the body, and whether it is in base64: what the API declares as binary (uploads), and what is no text.
fn event_body(headers: &HeaderMap, body: &Bytes) -> (Value, bool) {
    let is_upload = headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"multipart/form-data"));
    match std::str::from_utf8(body) {
        _ if body.is_empty() => (Value::Null, false),
        Ok(text) if !is_upload => (text.into(), false),
        _ => (BASE64_STANDARD.encode(body).into(), true),
    }
}

/// Returns the answer of a function as HTTP, by way of its JSON.
fn http_response(answer: &ApiGatewayProxyResponse) -> Result<Response<Full<Bytes>>, shared::error::Source> {
    let answer: ApiGatewayProxyResponse = serde_json::from_str(&serde_json::to_string(answer)?)?;
    let mut response = Response::new(full(answer.body.unwrap_or_default()));
    *response.status_mut() = StatusCode::from_u16(u16::try_from(answer.status_code)?)?;
    *response.headers_mut() = answer.multi_value_headers;
    Ok(response)
}

/// Answers as API Gateway would without a function.
fn refuse(id: &str, error: Error) -> Response<Full<Bytes>> {
    let mut response = entry::refuse(id, error).map(full);
    close_after(&mut response);
    response
}

/// Answers a request that the guard refuses.
fn refuse_as_foreign(refusal: Refusal) -> Response<Full<Bytes>> {
    refuse(&Uuid::new_v4().to_string(), Error::Forbidden(refusal.text()))
}

fn full(body: lambda_http::Body) -> Full<Bytes> {
    match body {
        lambda_http::Body::Text(text) => text.into(),
        lambda_http::Body::Binary(bytes) => bytes.into(),
        _ => Full::default(),
    }
}
