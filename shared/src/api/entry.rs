//! The entry of API Gateway events: the only way into every handler, on Lambda and on the local stack.
//!
//! `lambda_http` alone would lose a repeated header (its `headers` overwrite `multiValueHeaders`), and would panic on a
//! `Host` that is not a host or a body that is not base64. [`RestEvent`] gives it only what it can handle.

use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::FutureExt;
use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayProxyRequest, ApiGatewayProxyRequestContext, ApiGatewayProxyResponse,
};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Context, LambdaEvent, Request, RequestExt, Response};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use super::caller::{Caller, Callers};
use super::headers::{is_dry_run, request_id};
use super::reply::{Reply, respond};
use super::routes::{Function, Route};
use crate::call::Call;
use crate::deadline::Deadline;
use crate::error::{Error, unreadable};

/// API Gateway waits for 29 seconds, and an order that is started takes at most a probe and a call of 8 seconds each.
const TIME_TO_START_WORK: Duration = Duration::from_secs(8);

/// An event of API Gateway's REST APIs, made harmless.
pub struct RestEvent {
    /// All but the body.
    request: ApiGatewayProxyRequest,
    body: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct RawEvent<'a> {
    http_method: Option<String>,
    resource: Option<String>,
    /// Read only where there is no `multiValueHeaders`, which holds the same and more.
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    multi_value_headers: Option<HashMap<String, Option<Vec<String>>>>,
    request_context: Option<RawContext>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct RawContext {
    request_id: Option<String>,
    authorizer: Option<HashMap<String, serde_json::Value>>,
}

impl<'de> Deserialize<'de> for RestEvent {
    /// In two steps, since the runtime would log serde's message and the path, in which headers and values stand.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Box::<RawValue>::deserialize(deserializer)?;
        let event = serde_json::from_str(event.get()).and_then(Self::of);
        event.map_err(|error| D::Error::custom(unreadable(&error)))
    }
}

impl RestEvent {
    fn of(raw: RawEvent<'_>) -> serde_json::Result<Self> {
        let raw_context = raw.request_context.unwrap_or_default();
        let mut context = ApiGatewayProxyRequestContext::default();
        context.request_id = raw_context.request_id;
        context.authorizer.fields = raw_context.authorizer.unwrap_or_default();
        let mut request = ApiGatewayProxyRequest::default();
        // An event without a method comes from a direct invocation, which means the operation.
        request.http_method = raw.http_method.and_then(|name| name.parse().ok()).unwrap_or(Method::POST);
        // The path as API Gateway matched it, not as it was typed.
        request.path = raw.resource.filter(|path| path.starts_with('/'));
        request.multi_value_headers = headers(raw.headers, raw.multi_value_headers)?;
        request.request_context = context;
        let body = match raw.body {
            None => Body::Empty,
            Some(text) if raw.is_base64_encoded.unwrap_or_default() => {
                // A body that claims to be base64 and is not is taken as it is, and refused by whoever parses it.
                Body::Binary(BASE64_STANDARD.decode(&text).unwrap_or_else(|_| text.into_bytes()))
            }
            Some(text) => Body::Text(text),
        };
        Ok(Self { request, body })
    }
}

/// All values of all headers, except `host` and `x-forwarded-proto`, from which `lambda_http` would build a URL.
fn headers(
    single: Option<&RawValue>,
    multiple: Option<HashMap<String, Option<Vec<String>>>>,
) -> serde_json::Result<HeaderMap> {
    let mut values = multiple.unwrap_or_default();
    if let Some(single) = single.filter(|_| values.is_empty()) {
        let single: HashMap<String, Option<String>> = serde_json::from_str(single.get())?;
        values = single.into_iter().map(|(name, value)| (name, value.map(|value| vec![value]))).collect();
    }
    let mut headers = HeaderMap::new();
    for (name, values) in values {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        if matches!(name.as_str(), "host" | "x-forwarded-proto") {
            continue;
        }
        for value in values.into_iter().flatten() {
            // A value that is no header value becomes one that no rule accepts, so that it is refused where it matters.
            let value = HeaderValue::from_bytes(value.as_bytes()).or_else(|_| HeaderValue::from_bytes(b"\xff"));
            headers.extend(value.ok().map(|value| (name.clone(), value)));
        }
    }
    Ok(headers)
}

/// Answers one event of a function. The handler is called for a POST of a registered tenant only; a panic in it becomes
/// the 500 envelope.
pub async fn answer<H>(
    callers: &Callers,
    function: Function,
    mut event: RestEvent,
    context: Context,
    handler: H,
) -> ApiGatewayProxyResponse
where
    H: AsyncFnOnce(&Call, Route, &Request) -> Result<Reply, Error>,
{
    let id = request_id_of(&event, &context);
    event.request.request_context.request_id = Some(id.clone());
    let mut request = Request::from(LambdaRequest::ApiGatewayV1(event.request)).with_lambda_context(context);
    *request.body_mut() = event.body;
    let span = tracing::error_span!(
        "request",
        function = function.name(),
        request.id = id,
        tenant = Empty,
        principal = Empty,
        order.id = Empty,
        from = Empty,
        to = Empty
    );
    let answering = async {
        // In a box, since the compiler gives up on futures that are nested as deeply as the SDK's.
        let work = Box::pin(handle(callers, function, &request, handler));
        let result = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
            Err(Error::Internal { doing: "handling a request", source: "the handler panicked".into() })
        });
        respond(&id, result)
    };
    let (parts, body) = answering.instrument(span).await.into_parts();
    let mut answer = ApiGatewayProxyResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    answer.multi_value_headers = parts.headers;
    answer.body = Some(body);
    answer
}

/// An id by which everything about this request can be found, even where no gateway gave one.
fn request_id_of(event: &RestEvent, context: &Context) -> String {
    let given = [event.request.request_context.request_id.as_deref(), Some(context.request_id.as_str())];
    let given = given.into_iter().flatten().find(|id| !id.is_empty());
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Finds the route and the caller, then calls the handler.
async fn handle<H>(callers: &Callers, function: Function, request: &Request, handler: H) -> Result<Reply, Error>
where
    H: AsyncFnOnce(&Call, Route, &Request) -> Result<Reply, Error>,
{
    if request.method() != Method::POST {
        return Err(Error::MethodNotAllowed);
    }
    let path = Some(request.uri().path()).filter(|path| *path != "/").unwrap_or_default();
    let route = function.route(path).ok_or(Error::RouteUnknown)?;
    let deadline = Deadline::after(TIME_TO_START_WORK);
    let Caller { tenant, principal, scopes } = callers.find(request, route.scope()).await?;
    let call = Call {
        tenant,
        principal,
        scopes,
        actor: function.name(),
        request_id: request_id(request).to_owned(),
        now: callers.clock.now(),
        is_dry_run: is_dry_run(request, route.dry_run())?,
        deadline,
    };
    Ok(handler(&call, route, request).await?.dry_run(call.is_dry_run))
}

/// Serves a function on Lambda, until the sandbox ends.
pub async fn serve<H>(callers: &Callers, function: Function, handler: H) -> Result<(), lambda_runtime::Error>
where
    H: AsyncFn(&Call, Route, &Request) -> Result<Reply, Error>,
{
    let handler = &handler;
    let service = lambda_runtime::service_fn(|event: LambdaEvent<RestEvent>| async move {
        let handler = async |call: &Call, route: Route, request: &Request| handler(call, route, request).await;
        Ok::<_, Infallible>(answer(callers, function, event.payload, event.context, handler).await)
    });
    lambda_runtime::run(service).await
}

/// Answers a request that no handler is there for.
#[must_use]
pub fn refuse(request_id: &str, error: Error) -> Response<Body> {
    let _in_request = tracing::error_span!("gateway", request.id = request_id).entered();
    respond(request_id, Err(error))
}
