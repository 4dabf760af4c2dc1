//! HTTPS as all our clients speak it: HTTP/1.1 over rustls with ring. The SDK's own client brings HTTP/2 and proxies, which
//! no service that we call needs, and which slow down every start.

mod roots;

use std::error::Error;
use std::future::{Ready, ready};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::vec;

use futures_util::future::BoxFuture;
use hyper::Uri;
use hyper::body::Body;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::{CipherSuite, ClientConfig, ConfigBuilder, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tower_service::Service;

pub use roots::{Bundle, Roots};

/// How old a connection may be that was opened ahead; a sandbox may be frozen before its first call.
const AHEAD_MAX: Duration = Duration::from_secs(5);

/// Opens connections, each within one timeout from the lookup of the name to the end of the handshake.
#[derive(Clone)]
pub(crate) struct Connections {
    https: HttpsConnector<HttpConnector<Lookup>>,
    timeout: Duration,
    ahead: Arc<Mutex<Vec<Ahead>>>,
}

type Connection = MaybeHttpsStream<TokioIo<TcpStream>>;
type ConnectError = Box<dyn Error + Send + Sync>;

/// A connection that is opened before it is asked for.
struct Ahead {
    address: Uri,
    at: Instant,
    opening: JoinHandle<Result<Connection, ConnectError>>,
}

impl Ahead {
    fn leads_to(&self, address: &Uri) -> bool {
        (self.address.scheme(), self.address.authority()) == (address.scheme(), address.authority())
    }

    fn is_fresh(&self) -> bool {
        self.at.elapsed() < AHEAD_MAX
    }
}

/// Looks up names on the thread of the call, where the default starts one: with a second thread every allocation takes a
/// lock. A lookup blocks the function, so `RES_OPTIONS` in the template ends it after the time to connect, and its result,
/// good or bad, serves the connections that are opened within the next second.
#[derive(Clone, Default)]
pub(crate) struct Lookup(Arc<Mutex<Option<Looked>>>);

/// How long the result of a lookup serves.
const LOOKUP_AGE_MAX: Duration = Duration::from_secs(1);

struct Looked {
    name: Name,
    at: Instant,
    found: Result<Vec<SocketAddr>, io::ErrorKind>,
}

/// A TLS client that trusts these authorities; the client certificate is chosen by the caller.
pub(crate) fn tls(roots: Arc<RootCertStore>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let mut provider = ring::default_provider();
    // First what costs least: processors have instructions for SHA-256, but not for SHA-384.
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    let versions = ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(roots))
}

/// A client with a pool of these connections.
pub(crate) fn client<B>(connections: Connections) -> Client<Connections, B>
where
    B: Body + Send,
    B::Data: Send,
{
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connections)
}

impl Connections {
    /// Connections that must be open within `timeout`.
    pub(crate) fn new(tls: ClientConfig, timeout: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Lookup::default());
        // Shared among the addresses of a name, so that one that is dead does not hide the next.
        tcp.set_connect_timeout(Some(timeout));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let https =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        Self { https, timeout, ahead: Arc::default() }
    }

    /// Starts opening the connection that the first call to this address will have.
    pub(crate) fn open_ahead(&self, address: Uri) {
        let opening = tokio::spawn(self.clone().open(address.clone()));
        self.ahead().push(Ahead { address, at: Instant::now(), opening });
    }

    fn ahead(&self) -> MutexGuard<'_, Vec<Ahead>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(mut self, address: Uri) -> Result<Connection, ConnectError> {
        let opening = tokio::time::timeout(self.timeout, self.https.call(address));
        opening.await.unwrap_or_else(|late| Err(io::Error::from(late).into()))
    }
}

impl Service<Uri> for Connections {
    type Response = Connection;
    type Error = ConnectError;
    type Future = BoxFuture<'static, Result<Connection, ConnectError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let ahead = self.ahead().extract_if(.., |ahead| ahead.leads_to(&address)).find(Ahead::is_fresh);
        let connections = self.clone();
        Box::pin(async move {
            if let Some(ahead) = ahead
                && let Ok(Ok(connection)) = ahead.opening.await
            {
                return Ok(connection);
            }
            connections.open(address).await
        })
    }
}

impl Service<Name> for Lookup {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let mut looked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = looked.take().filter(|known| known.name == name && known.at.elapsed() < LOOKUP_AGE_MAX);
        let known = known.unwrap_or_else(|| {
            // The port is set by the caller.
            let found = (name.as_str(), 0).to_socket_addrs();
            Looked { name, at: Instant::now(), found: found.map(Iterator::collect).map_err(|error| error.kind()) }
        });
        let found = known.found.clone();
        *looked = Some(known);
        ready(found.map(Vec::into_iter).map_err(io::Error::from))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Empty;
    use hyper::Request;
    use hyper::body::Bytes;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::watch;

    use super::*;

    /// Answers every request. Returns its address and how many connections were opened.
    async fn server() -> (Uri, watch::Receiver<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let (opened, count) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                opened.send_modify(|count| *count += 1);
                tokio::spawn(async move {
                    while stream.read(&mut [0; 4096]).await.is_ok_and(|bytes| bytes > 0) {
                        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
                    }
                });
            }
        });
        (address, count)
    }

    fn connections() -> Connections {
        let tls = tls(Roots::Amazon.store()).unwrap().with_no_client_auth();
        Connections::new(tls, Duration::from_secs(20))
    }

    async fn call(client: &Client<Connections, Empty<Bytes>>, address: &Uri) {
        let request = Request::get(address).body(Empty::new()).unwrap();
        assert_eq!(client.request(request).await.unwrap().status(), 204);
    }

    #[tokio::test]
    async fn a_connection_opened_ahead_is_that_of_the_first_call() {
        let (address, mut count) = server().await;
        let connections = connections();
        connections.open_ahead(address.clone());
        count.wait_for(|opened| *opened == 1).await.unwrap();
        let client = client(connections);
        call(&client, &address).await;
        call(&client, &address).await;
        assert_eq!(*count.borrow(), 1);
    }

    #[tokio::test]
    async fn a_call_opens_its_own_where_that_leads_elsewhere_has_failed_or_is_old() {
        let (address, count) = server().await;
        let (other, others) = server().await;
        let to_another = connections();
        to_another.open_ahead(other.clone());
        let client_of_both = client(to_another);
        call(&client_of_both, &address).await;
        // It still serves the server that it was opened to.
        call(&client_of_both, &other).await;
        assert_eq!(*others.borrow(), 1);
        let failed = connections();
        let opening = tokio::spawn(async { Err("no route".into()) });
        failed.ahead().push(Ahead { address: address.clone(), at: Instant::now(), opening });
        call(&client(failed), &address).await;
        let old = connections();
        old.open_ahead(address.clone());
        old.ahead()[0].at = Instant::now().checked_sub(AHEAD_MAX).unwrap();
        call(&client(old), &address).await;
        assert_eq!(*count.borrow(), 4);
    }
}
