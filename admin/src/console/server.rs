//! The server: the page's files, how it is served, and its calls.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use shared::api::{JSON_BYTES_MAX, Route};
use tokio::net::{TcpListener, TcpStream};

use super::forward::Forwarder;
use super::guard::Guard;

/// How long a connection may take for the header of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait after a connection could not be accepted, for instance for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const API_BASE: &str = "/v1";
const FOLDER: &str = "/console/";
const TEXT: &str = "text/plain; charset=utf-8";

/// What every answer carries.
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", console_page::CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Serves the page to one operator.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) guard: Guard,
    pub(crate) forwarder: Forwarder,
}

type Answer = Response<Full<Bytes>>;

impl Server {
    /// Serves until it is dropped.
    pub(crate) async fn serve(self, socket: TcpListener) {
        let server = Arc::new(self);
        loop {
            match socket.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(Arc::clone(&server).connection(stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(|request| async { Ok::<_, Infallible>(self.answer(request).await) });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let mut answer = self.answer_alone(request).await;
        for (name, value) in HEADERS {
            answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        answer
    }

    async fn answer_alone(&self, request: Request<Incoming>) -> Answer {
        if !self.guard.admits(request.headers()) {
            return refuse(StatusCode::FORBIDDEN, "this page answers under its own address only");
        }
        let path = request.uri().path().to_owned();
        if let Some(route) = path.strip_prefix(API_BASE) {
            return self.call(route, request).await;
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
        }
        match path.strip_prefix(FOLDER) {
            Some("config.json") => content("application/json", self.config()),
            Some(file) => match console_page::find(file) {
                Some(file) => content(file.media_type(), file.content),
                None => refuse(StatusCode::NOT_FOUND, "there is no such file"),
            },
            None if matches!(path.as_str(), "/" | "/console") => redirect(),
            None => refuse(StatusCode::NOT_FOUND, "there is no such file"),
        }
    }

    /// What the page asks for when it starts (console/README.md).
    fn config(&self) -> String {
        let (tenant, server) = (self.forwarder.tenant().as_str(), self.forwarder.host());
        let token = self.guard.token();
        json!({ "mode": "proxy", "apiBase": API_BASE, "tenant": tenant, "token": token, "server": server }).to_string()
    }

    async fn call(&self, path: &str, request: Request<Incoming>) -> Answer {
        if !self.guard.has_token(request.headers()) {
            return refuse(StatusCode::FORBIDDEN, "the token is missing or of an earlier start: load the page again");
        }
        let Some(route) = Route::ALL.into_iter().find(|route| route.path() == path) else {
            return refuse(StatusCode::NOT_FOUND, "there is no such route");
        };
        if request.method() != Method::POST {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "only POST");
        }
        let Ok(body) = Limited::new(request.into_body(), JSON_BYTES_MAX).collect().await else {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large, or ended early");
        };
        let Some(forwarded) = self.forwarder.call(route, body.to_bytes().to_vec()).await else {
            return refuse(StatusCode::BAD_GATEWAY, "the API gave no complete answer");
        };
        let mut answer = Response::new(Full::from(forwarded.body));
        *answer.status_mut() = StatusCode::from_u16(forwarded.status).unwrap_or(StatusCode::BAD_GATEWAY);
        for (name, value) in forwarded.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                answer.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        answer
    }
}

fn content(media_type: &'static str, content: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(content.into()));
    answer.headers_mut().insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

fn redirect() -> Answer {
    let mut answer = content(TEXT, "");
    *answer.status_mut() = StatusCode::FOUND;
    answer.headers_mut().insert(hyper::header::LOCATION, HeaderValue::from_static(FOLDER));
    answer
}

/// The connection ends, because the body may not have been read.
fn refuse(status: StatusCode, why: &'static str) -> Answer {
    let mut answer = content(TEXT, why);
    *answer.status_mut() = status;
    answer.headers_mut().insert(hyper::header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
