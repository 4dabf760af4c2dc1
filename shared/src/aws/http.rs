//! The connections that all AWS clients share: the SDK's own connector, on rustls with ring, which starts faster and builds
//! faster than the SDK's default. It is built once, by the first call; the SDK's HTTP client would build it again for
//! every client, and parse all roots each time.

use std::borrow::Cow;
use std::sync::OnceLock;

use aws_sdk_dynamodb::config::SharedHttpClient as HttpClient;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{self, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::clients::CONNECT_TIMEOUT;
use super::roots::Roots;

/// Connections to servers that these authorities vouch for.
#[must_use]
pub fn http_client(roots: Roots) -> HttpClient {
    HttpClient::new(Connections { roots, connector: OnceLock::new() })
}

#[derive(Debug)]
struct Connections {
    roots: Roots,
    connector: OnceLock<SharedHttpConnector>,
}

impl http::HttpClient for Connections {
    /// Every client has the same connect timeout and no read timeout, so that the settings need no look.
    fn http_connector(&self, _: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.connector.get_or_init(|| {
            let mut builder = Connector::builder()
                .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build());
            builder.set_sleep_impl(components.sleep_impl());
            SharedHttpConnector::new(
                builder
                    .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
                    .tls_context(self.roots.tls_context())
                    .build(),
            )
        });
        connector.clone()
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some(Cow::Borrowed("1.x"))))
    }
}
