//! HTTPS as all our clients speak it: HTTP/1.1 over rustls with ring. The SDK's own client brings HTTP/2 and proxies, which
//! no service of AWS that we call needs, and which a start pays for.

mod roots;

use std::error::Error;
use std::future::{Ready, ready};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
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
use tower_service::Service;

pub use roots::{Bundle, Roots};

/// Opens connections. One timeout holds from the lookup of the name to the end of the handshake.
#[derive(Clone)]
pub(crate) struct Connections {
    https: HttpsConnector<HttpConnector<Lookup>>,
    timeout: Duration,
}

/// Looks up names on the thread of the call, where the default starts one. A sandbox works on one call at a time, and with a
/// second thread every allocation takes a lock. `RES_OPTIONS` in the template ends a lookup with the time to connect.
#[derive(Clone)]
pub(crate) struct Lookup;

/// A TLS client that trusts these authorities; what it says of itself is still open.
pub(crate) fn tls(roots: Arc<RootCertStore>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let mut provider = ring::default_provider();
    // First what costs least: processors have instructions for SHA-256, but not for SHA-384.
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    let versions = ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(roots))
}

/// A client with a pool of connections, each of which must be open within `connect`.
pub(crate) fn client<B>(tls: ClientConfig, connect: Duration) -> Client<Connections, B>
where
    B: Body + Send,
    B::Data: Send,
{
    let mut tcp = HttpConnector::new_with_resolver(Lookup);
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    let connections = Connections { https, timeout: connect };
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connections)
}

impl Service<Uri> for Connections {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.timeout, self.https.call(address));
        Box::pin(async move { connecting.await.unwrap_or_else(|late| Err(io::Error::from(late).into())) })
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
        // The port is set by the caller.
        ready((name.as_str(), 0).to_socket_addrs())
    }
}
