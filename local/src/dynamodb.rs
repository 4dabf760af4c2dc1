//! The embedded DynamoDB: dynoxide, on a file or in memory.
//!
//! dynoxide offers its protocol as a server of its own only, which answers any web page. So each of its servers listens
//! until it has accepted one connection of ours, and what comes to our own listener is forwarded on such a connection.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

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
use tokio_util::sync::CancellationToken;

use crate::config::StackError;
use crate::listener::{HangUp, Listener, refuse_in_words};

/// How many connections to dynoxide there may be, each of which takes three file descriptors. The database carries out
/// one operation at a time.
const UPSTREAMS_MAX: usize = 8;

/// Opens the store; `None` keeps it in memory.
pub(crate) fn open(file: Option<&Path>) -> Result<Database, StackError> {
    let Some(file) = file else { return Database::memory().map_err(StackError::Store) };
    let database = Database::new(&file.to_string_lossy()).map_err(StackError::Store)?;
    // Sets SQLite's `synchronous` to NORMAL: with its write-ahead log, every answered write outlives a killed process,
    // and a write takes a third of the time that one of FULL takes.
    database.disable_bulk_loading().map_err(StackError::Store)?;
    Ok(database)
}

/// Serves until stopped.
pub(crate) async fn serve(listener: Listener, database: Database, stopped: CancellationToken) {
    let upstreams = Arc::new(Upstreams { database, free: Semaphore::new(UPSTREAMS_MAX), idle: Mutex::default() });
    let answer = move |_, request| {
        let upstreams = Arc::clone(&upstreams);
        async move {
            upstreams.forward(request).await.map_err(|error| {
                tracing::error!(%error, "the store failed");
                HangUp
            })
        }
    };
    listener.serve(stopped, refuse_in_words, answer).await;
}

/// Connections to servers of dynoxide.
struct Upstreams {
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
    async fn forward(&self, mut request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
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

    /// An idle connection, or a new one.
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
