//! The HTTP gateway: turns a request into the event that an API Gateway REST API would send, calls the function's handler
//! with it, and turns its answer back into HTTP. Both pass as JSON text, so that what works here works there. It also
//! serves the pages of `pages.rs`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use lambda_http::Context;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use shared::api::entry::{self, RestEvent};
use shared::api::{FILE_BYTES_MAX, JSON_BYTES_MAX, Route};
use shared::domain::Faults;
use shared::error::Error;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::access_log::AccessLine;
use crate::config::AccessMode;
use crate::event::{STAGE, rest_event};
use crate::guard::Refusal;
use crate::handlers::Handlers;
use crate::listener::{Listener, close_after};
use crate::pages::{self, Gateway, is_page};
use crate::throttle::{Rate, Throttle};

/// The largest body that API Gateway lets through.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The largest event that Lambda lets through: the body and everything around it.
const EVENT_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Serves until stopped.
pub(crate) async fn serve(listener: Listener, handlers: Arc<Handlers>, rate: Option<Rate>, stopped: CancellationToken) {
    let throttle = Arc::new(rate.map(Throttle::new));
    let access = if handlers.authorizer.is_some() { AccessMode::Authorizer } else { AccessMode::Headers };
    let gateway = Gateway { access, address: listener.local_address() };
    let answer = move |client, request: Request<Incoming>| {
        let (handlers, throttle) = (Arc::clone(&handlers), Arc::clone(&throttle));
        async move {
            if let Some(page) = pages::answer(request.method(), request.uri().path(), gateway) {
                return Ok(page);
            }
            let (parts, body) = request.into_parts();
            let mut line = AccessLine::begin(&parts);
            let response = answer(&handlers, throttle.as_ref().as_ref(), client, (parts, body), &mut line).await;
            line.end(&response);
            Ok(response)
        }
    };
    listener.with_pages(is_page).serve(stopped, refuse_as_foreign, answer).await;
}

async fn answer(
    handlers: &Handlers,
    throttle: Option<&Throttle>,
    client: SocketAddr,
    (parts, body): (Parts, Incoming),
    line: &mut AccessLine,
) -> Response<Full<Bytes>> {
    let id = Uuid::new_v4().to_string();
    if throttle.is_some_and(|throttle| !throttle.admits(line.tenant(), Instant::now())) {
        return refuse(&id, Error::TooManyRequests);
    }
    let path = parts.uri.path().strip_prefix('/').and_then(|path| path.strip_prefix(STAGE)).unwrap_or_default();
    let Some(route) = Route::ALL.into_iter().find(|route| route.path() == path) else {
        return refuse(&id, Error::RouteUnknown);
    };
    line.note_route(route);
    let body = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return refuse(&id, too_large(route)),
        Err(_) => return refuse(&id, Error::Invalid(Faults::one("body could not be read to its end"))),
    };
    line.note_order(&body);
    let mut event = rest_event(&parts, route.path(), &body, &id, client);
    if let Some(authorizer) = &handlers.authorizer
        && let Err(error) = authorizer.authorize(&parts.headers, &mut event).await
    {
        return refuse(&id, error);
    }
    let event = event.to_string();
    if event.len() > EVENT_BYTES_MAX {
        return refuse(&id, too_large(route));
    }
    let event: RestEvent = match serde_json::from_str(&event) {
        Ok(event) => event,
        Err(error) => return refuse(&id, Error::Internal { doing: "building an event", source: error.into() }),
    };
    let mut context = Context::default();
    context.request_id.clone_from(&id);
    let answer = handlers.answer(route.function(), event, context).await;
    http_response(&answer).unwrap_or_else(|source| refuse(&id, Error::Internal { doing: "reading an answer", source }))
}

/// Returns the error for a body that does not reach the function.
fn too_large(route: Route) -> Error {
    Error::TooLarge { bytes_max: if route == Route::UploadFile { FILE_BYTES_MAX } else { JSON_BYTES_MAX } }
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
