//! HTTPS servers whose certificates a private authority has signed.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

/// A certificate authority that nobody knows.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, in PEM.
    pub bundle: NamedTempFile,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "private authority");
        let key = KeyPair::generate().unwrap();
        let mut bundle = NamedTempFile::new().unwrap();
        bundle.write_all(params.self_signed(&key).unwrap().pem().as_bytes()).unwrap();
        Self { issuer: Issuer::new(params, key), bundle }
    }

    /// Where the authority's certificate is.
    pub fn path(&self) -> &str {
        self.bundle.path().to_str().unwrap()
    }

    /// Its certificate, in PEM.
    pub fn pem(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    /// Signs a certificate for a name. Returns it and its key, in PEM.
    pub fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// Serves a router over TLS; returns its URL.
    pub async fn serve(&self, router: Router) -> String {
        self.serve_as(&Server::default(), router).await
    }

    /// Serves a router over TLS as this server does; returns its URL.
    pub async fn serve_as(&self, server: &Server<'_>, router: Router) -> String {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([server.name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(server.valid_until, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let config = match server.clients {
            None => config.unwrap().with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                config.unwrap().with_client_cert_verifier(verifier)
            }
        };
        let config = config
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let listener = TcpListener::bind(super::ANY_PORT).await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let listener = Listener { listener, acceptor: TlsAcceptor::from(Arc::new(config)) };
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

/// How a server presents itself, and whom it serves.
pub struct Server<'a> {
    /// The name in its certificate.
    pub name: &'a str,
    /// The year at whose beginning its certificate expires.
    pub valid_until: i32,
    /// Who signs for its clients; `None`: it asks for no certificate.
    pub clients: Option<&'a Authority>,
}

impl Default for Server<'_> {
    fn default() -> Self {
        Self { name: "localhost", valid_until: 4000, clients: None }
    }
}

struct Listener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    /// Accepts the next connection whose handshake succeeds.
    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            // An answer must not wait for the acknowledgement of what was sent before it.
            stream.set_nodelay(true).unwrap();
            match self.acceptor.accept(stream).into_fallible().await {
                Ok(stream) => return (stream, address),
                // Closing at once would drop what the client has sent already, and our alert with it.
                Err((_, stream)) => drop(tokio::spawn(drain(stream))),
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Reads to the end.
async fn drain(mut stream: TcpStream) {
    let read = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    drop(read);
}
