//! The HTTP gateway: turns a request into the event that API Gateway's REST APIs would send, hands it to the function's
//! handler, and turns the function's answer back into HTTP. Both pass as JSON text, so that nothing gets through here
//! that would not get through there.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_http::Context;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use serde_json::{Map, Value, json};
use shared::api::entry::{self, RestEvent};
use shared::api::{FILE_BYTES_MAX, JSON_BYTES_MAX};
use shared::domain::Faults;
use shared::error::Error;
use shared::runtime::App;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::stack::Stopped;

/// The stage of the API, which is the first segment of every path.
const STAGE: &str = "v1";
/// What API Gateway lets through.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// What Lambda lets through: an event with everything around the body.
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
    /// What a body beyond all limits is told.
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

    /// Gives one event to the function's handler, as Lambda would.
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

/// Serves until told to stop.
pub async fn serve(listener: TcpListener, app: Arc<App>, stopped: Stopped) {
    let router = Router::new().fallback(answer).with_state(app).into_make_service_with_connect_info::<SocketAddr>();
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped.wait()).await {
        tracing::error!(%error, "the gateway stopped");
    }
}

async fn answer(
    State(app): State<Arc<App>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let id = Uuid::new_v4().to_string();
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix('/').and_then(|path| path.strip_prefix(STAGE)).unwrap_or_default();
    let Some((resource, function)) = ROUTES.iter().find(|(route, _)| *route == path) else {
        return refuse(&id, Error::RouteUnknown);
    };
    let body = match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(error) if is_too_large(&error) => return refuse(&id, function.too_large()),
        Err(_) => return refuse(&id, Error::Invalid(Faults::one("body could not be read to its end"))),
    };
    let event = rest_event(&parts, resource, &body, &id, client).to_string();
    if event.len() > EVENT_BYTES_MAX {
        return refuse(&id, function.too_large());
    }
    let event: RestEvent = match serde_json::from_str(&event) {
        Ok(event) => event,
        Err(error) => return refuse(&id, Error::Internal { doing: "making an event", source: error.into() }),
    };
    let mut context = Context::default();
    context.request_id.clone_from(&id);
    let answer = function.invoke(&app, event, context).await;
    http_response(&answer).unwrap_or_else(|source| refuse(&id, Error::Internal { doing: "reading an answer", source }))
}

fn is_too_large(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}

/// The event of one request.
fn rest_event(parts: &axum::http::request::Parts, resource: &str, body: &Bytes, id: &str, client: SocketAddr) -> Value {
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

/// `headers` has the last value of each, `multiValueHeaders` all of them.
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

/// As base64 what the API declares as binary (uploads), and what is no text.
fn event_body(headers: &HeaderMap, body: &Bytes) -> (Value, bool) {
    let is_upload = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"multipart/form-data"));
    match std::str::from_utf8(body) {
        _ if body.is_empty() => (Value::Null, false),
        Ok(text) if !is_upload => (text.into(), false),
        _ => (BASE64_STANDARD.encode(body).into(), true),
    }
}

/// The answer of a function as HTTP, by way of its JSON.
fn http_response(answer: &ApiGatewayProxyResponse) -> Result<Response<Body>, shared::error::Source> {
    let answer: ApiGatewayProxyResponse = serde_json::from_str(&serde_json::to_string(answer)?)?;
    let mut response = Response::new(match answer.body {
        Some(lambda_http::Body::Text(text)) => Body::from(text),
        Some(lambda_http::Body::Binary(bytes)) => Body::from(bytes),
        _ => Body::empty(),
    });
    *response.status_mut() = StatusCode::from_u16(u16::try_from(answer.status_code)?)?;
    *response.headers_mut() = answer.multi_value_headers;
    Ok(response)
}

/// What API Gateway answers without a function.
fn refuse(id: &str, error: Error) -> Response<Body> {
    let (parts, body) = entry::refuse(id, error).into_parts();
    let body = match body {
        lambda_http::Body::Text(text) => Body::from(text),
        _ => Body::empty(),
    };
    let mut response = Response::from_parts(parts, body);
    // An answer before the body was read ends the connection, since the rest of the body would be taken for a request.
    response.headers_mut().insert(HeaderName::from_static("connection"), HeaderValue::from_static("close"));
    response
}
