//! The connections that all AWS clients share. They are set up once, by the first call.

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
use hyper::Uri;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};

use super::clients::CONNECT_TIMEOUT;
use crate::https::{self, Connections, Roots};

/// Connections to servers that these authorities vouch for.
#[must_use]
pub fn http_client(roots: Roots) -> HttpClient {
    HttpClient::new(Shared { roots, connector: OnceLock::new() })
}

/// Connections of which the first, to `address`, begins to be opened now.
#[must_use]
pub fn http_client_ahead(roots: Roots, address: &str) -> HttpClient {
    let connector = connector(&roots, CONNECT_TIMEOUT, address.parse().ok());
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
        self.connector.get_or_init(|| connector(&self.roots, CONNECT_TIMEOUT, None)).clone()
    }
}

/// A connector with a pool of its own, of which a connection to `ahead` begins to be opened now.
pub(crate) fn connector(roots: &Roots, connect: Duration, ahead: Option<Uri>) -> SharedHttpConnector {
    let pool = https::tls(roots.store()).map(|tls| {
        let connections = Connections::new(tls.with_no_client_auth(), connect);
        if let Some(address) = ahead {
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

/// By this the SDK closes a connection on which a call failed, so that the next attempt has a new one.
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
