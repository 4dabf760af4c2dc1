//! The connections that all AWS clients share. They are set up once.

use std::error::Error;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_dynamodb::config::SharedHttpClient as HttpClient;
use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    self, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};

use super::clients::CONNECT_TIMEOUT;
use crate::https::{self, Connections, Roots};

/// Connections to servers that these authorities vouch for.
#[must_use]
pub fn http_client(roots: Roots) -> HttpClient {
    HttpClient::new(Shared { roots, connector: OnceLock::new() })
}

/// The same; it starts opening the first connection to each of these addresses.
#[must_use]
pub fn http_client_ahead(roots: Roots, addresses: &[String]) -> HttpClient {
    let connector = connector(&roots, CONNECT_TIMEOUT, addresses);
    HttpClient::new(Shared { roots, connector: OnceLock::from(connector) })
}

#[derive(Debug)]
struct Shared {
    roots: Roots,
    connector: OnceLock<SharedHttpConnector>,
}

impl http::HttpClient for Shared {
    /// Every client has the same connect timeout and no read timeout, so that the settings need no look.
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.connector.get_or_init(|| connector(&self.roots, CONNECT_TIMEOUT, &[])).clone()
    }
}

/// A connector with a pool of its own; it starts opening the first connection to each address of `ahead`.
pub(crate) fn connector(roots: &Roots, connect: Duration, ahead: &[String]) -> SharedHttpConnector {
    let pool = https::tls(roots.store()).map(|tls| {
        let connections = Connections::new(tls.with_no_client_auth(), connect);
        for address in ahead.iter().filter_map(|address| address.parse().ok()) {
            connections.open_ahead(address);
        }
        https::client(connections)
    });
    SharedHttpConnector::new(Pool(pool))
}

#[derive(Debug)]
struct Pool(Result<Client<Connections, SdkBody>, rustls::Error>);

impl HttpConnector for Pool {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = match &self.0 {
            Ok(client) => client.clone(),
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.clone().into()))),
        };
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let captured = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || connection(&captured));
        }
        HttpConnectorFuture::new(async move {
            let response = client.request(request).await.map_err(failure)?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Lets the SDK close a connection on which a call failed, so that the next attempt has a new one.
fn connection(captured: &CaptureConnection) -> Option<ConnectionMetadata> {
    captured.connection_metadata().as_ref()?;
    let captured = captured.clone();
    let close = move || {
        if let Some(connected) = captured.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(close).build())
}

/// What the SDK needs to know of a failure: whether it may be tried again.
fn failure(error: ClientError) -> ConnectorError {
    let causes = || std::iter::successors(error.source(), |cause| (*cause).source());
    let io = causes().find_map(|cause| cause.downcast_ref::<io::Error>());
    let http = causes().find_map(|cause| cause.downcast_ref::<hyper::Error>());
    if io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
        ConnectorError::timeout(error.into())
    } else if http.is_some_and(hyper::Error::is_incomplete_message) {
        ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
    } else if http.is_some_and(hyper::Error::is_user) {
        ConnectorError::user(error.into())
    } else if error.is_connect() || io.is_some() || http.is_some_and(|http| http.is_closed() || http.is_canceled()) {
        ConnectorError::io(error.into())
    } else {
        ConnectorError::other(error.into(), None)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_sdk_dynamodb::types::AttributeValue;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::aws::{Access, config, dynamodb};

    fn access() -> Access {
        Access { region: "eu-west-1".into(), key_id: "k".into(), secret_key: "s".into(), session_token: None }
    }

    #[tokio::test]
    async fn a_connection_that_the_server_closed_meanwhile_is_replaced_by_the_next_attempt() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let opened = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&opened);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let is_first = count.fetch_add(1, Ordering::SeqCst) == 0;
                tokio::spawn(async move {
                    // The first is closed without an answer, after the request has come.
                    while stream.read(&mut [0; 4096]).await.is_ok_and(|bytes| bytes > 0) && !is_first {
                        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
                    }
                });
            }
        });
        let http = http_client_ahead(Roots::Amazon, std::slice::from_ref(&url));
        let client = dynamodb(&config(&access(), http), Some(&url));
        let put = client.put_item().table_name("t").item("pk", AttributeValue::S("1".into()));
        put.send().await.unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_handshake_that_does_not_end_is_a_timeout_of_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(format!("https://{}/", listener.local_addr().unwrap())).unwrap();
        let called = connector(&Roots::Amazon, Duration::from_millis(50), &[]).call(request).await;
        assert!(called.unwrap_err().is_timeout());
        let mut refused = HttpRequest::new(SdkBody::empty());
        refused.set_uri("http://127.0.0.1:1/").unwrap();
        let called = connector(&Roots::Amazon, Duration::from_secs(20), &[]).call(refused).await;
        assert!(called.unwrap_err().is_io());
    }
}
