//! Connections to dynoxide.
//!
//! dynoxide offers its protocol only as a server of its own, which answers any web page. So each of its servers is polled
//! until it has accepted one connection of ours, and never again; what comes to our own listener is forwarded on these.

use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use dynoxide::Database;
use dynoxide::server::serve_on;
use http_body_util::{BodyExt, Either, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::CONNECTION;
use hyper::{Request, Response, Version};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How many connections to dynoxide there may be, each of which takes three file descriptors. The database carries out
/// one operation at a time.
const UPSTREAMS_MAX: usize = 8;

/// Connections to servers of dynoxide.
pub(crate) struct Upstreams {
    database: Database,
    /// How many may be in use; requests beyond that wait, as they would for the database.
    free: Semaphore,
    idle: Mutex<Vec<Upstream>>,
}

/// A connection to a server of dynoxide that accepts no other.
struct Upstream {
    sender: SendRequest<Either<Empty<Bytes>, Incoming>>,
    /// Ends the connection when it is dropped; accepts another when it is polled.
    _server: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Upstreams {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, free: Semaphore::new(UPSTREAMS_MAX), idle: Mutex::default() }
    }

    /// Sends a request to dynoxide, and returns its answer.
    pub(crate) async fn forward(&self, mut request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        // The header and the version concern the caller's connection only.
        request.headers_mut().remove(CONNECTION);
        *request.version_mut() = Version::HTTP_11;
        let permit = self.free.acquire().await.map_err(io::Error::other)?;
        let mut upstream = self.connection().await?;
        let response = upstream.sender.send_request(request.map(Either::Right)).await.map_err(io::Error::other)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(upstream);
        drop(permit);
        Ok(Response::from_parts(parts, Full::new(body)))
    }

    /// Returns an idle connection, or a new one.
    async fn connection(&self) -> io::Result<Upstream> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut upstream) = idle else {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                return Upstream::open(listener, self.database.clone()).await;
            };
            if upstream.sender.ready().await.is_ok() {
                return Ok(upstream);
            }
        }
    }
}

impl Upstream {
    /// Connects to a server of dynoxide on this listener.
    async fn open(listener: TcpListener, database: Database) -> io::Result<Self> {
        let stream = TcpStream::connect(listener.local_addr()?).await?;
        stream.set_nodelay(true)?;
        let mut server: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(serve_on(listener, database));
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to dynoxide ended early");
            }
        });
        // An answer shows that the server has accepted us, and it is not polled again.
        let health = sender.send_request(Request::new(Either::Left(Empty::new())));
        let response = tokio::select! {
            () = &mut server => return Err(io::ErrorKind::NotConnected.into()),
            response = health => response.map_err(io::Error::other)?,
        };
        response.into_body().collect().await.map_err(io::Error::other)?;
        Ok(Self { sender, _server: server })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_server_of_dynoxide_answers_nobody_else() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut upstream = Upstream::open(listener, Database::memory().unwrap()).await.unwrap();
        let mut other = TcpStream::connect(address).await.unwrap();
        other.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        for _ in 0..3 {
            upstream.sender.ready().await.unwrap();
            let request = Request::new(Either::Left(Empty::new()));
            assert_eq!(upstream.sender.send_request(request).await.unwrap().status(), 200);
        }
        let answered = tokio::time::timeout(Duration::from_millis(200), other.read_u8()).await;
        assert!(answered.is_err(), "{answered:?}");
        drop(upstream);
        assert!(other.read_u8().await.is_err(), "the port is closed with the connection");
    }
}
