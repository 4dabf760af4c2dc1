//! The one accept loop: every part of the stack that speaks HTTP is served here, behind the guard of `guard.rs`.
//!
//! It is not axum's, because axum waits for a header as long as it takes, and always answers: a script of the simulator
//! may want no answer.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::address::ListenAddress;
use crate::guard::{Guard, Refusal, remove_cors};

/// How long to wait after a connection could not be accepted, for instance for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What lies under an error that ends a connection.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends without an answer")]
pub struct HangUp;

/// A port that is listened on.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    local_address: SocketAddr,
    guard: Guard,
    header_timeout: Duration,
}

impl Listener {
    /// Listens; a connection on which no whole header comes within `header_timeout` is closed.
    pub async fn bind(address: &ListenAddress, header_timeout: Duration) -> io::Result<Self> {
        let socket = TcpListener::bind(address.as_str()).await?;
        let local_address = socket.local_addr()?;
        Ok(Self { socket, local_address, guard: Guard::new(address.clone()), header_timeout })
    }

    /// Lets a browser open some paths from anywhere.
    #[must_use]
    pub(crate) fn with_pages(self, is_page: fn(&str) -> bool) -> Self {
        Self { guard: self.guard.with_pages(is_page), ..self }
    }

    /// Returns where it listens.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// Serves until stopped, then waits for the requests under way.
    pub(crate) async fn serve<B, A, F>(self, stopped: CancellationToken, refuse: fn(Refusal) -> Response<B>, answer: A)
    where
        B: Body<Data = Bytes, Error: Into<Source>> + Send + 'static,
        A: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<B>, HangUp>> + Send + 'static,
    {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stopped.cancelled() => break,
                Some(ended) = connections.join_next() => log_end(ended),
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, client)) => {
                        let (guard, answer) = (self.guard.clone(), answer.clone());
                        let service = move |request: Request<Incoming>| {
                            let answered = guard.check(&request).map(|()| answer(client, request));
                            async move {
                                let mut response = match answered {
                                    Ok(answer) => answer.await?,
                                    Err(refusal) => refuse(refusal),
                                };
                                remove_cors(response.headers_mut());
                                Ok(response)
                            }
                        };
                        connections.spawn(serve_connection(stream, self.header_timeout, stopped.clone(), service));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.socket);
        while let Some(ended) = connections.join_next().await {
            log_end(ended);
        }
    }
}

async fn serve_connection<B, S, F>(stream: TcpStream, header_timeout: Duration, stopped: CancellationToken, service: S)
where
    B: Body<Data = Bytes, Error: Into<Source>> + 'static,
    S: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<B>, HangUp>>,
{
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service_fn(service)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended early");
    }
}

fn log_end(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection failed");
    }
}

/// Says in plain text why a request is refused.
pub(crate) fn refuse_in_words<B: From<String>>(refusal: Refusal) -> Response<B> {
    let mut response = Response::new(B::from(format!("{}\n", refusal.text())));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    close_after(&mut response);
    response
}

/// Ends the connection after an answer that was given before the body was read: the rest of the body would be taken for a
/// request.
pub(crate) fn close_after<B>(response: &mut Response<B>) {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}
