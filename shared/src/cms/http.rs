//! The CMS over HTTP. One host, from configuration; no redirects, a cap on the body, no retries: only the index by next
//! action makes an order be sent again.

use std::fmt;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use futures_util::future::BoxFuture;

use super::answer::{CmsCall, classify};
use super::wire::PlaceRequest;
use super::{Cms, CmsOutcome, Trouble};
use crate::domain::{CmsKey, CmsOrder, Sensitive};
use crate::web::body;

/// The largest body that is read; the contract's answers have a few hundred bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct CmsLimits {
    /// To connect.
    pub connect: Duration,
    /// From the first byte sent to the last byte read.
    pub call: Duration,
}

impl Default for CmsLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), call: Duration::from_secs(8) }
    }
}

/// A client of one CMS.
pub struct HttpCms {
    /// Ends with a slash.
    base: String,
    /// The header `authorization`.
    authorization: Option<Sensitive<String>>,
    connector: SharedHttpConnector,
    call: Duration,
}

/// The base URL is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an http or https URL without query, fragment or credentials")]
pub struct UrlError;

impl HttpCms {
    /// A client for the CMS at `url`.
    pub fn new(url: &str, authorization: Option<String>, limits: CmsLimits) -> Result<Self, UrlError> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or(UrlError)?;
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '@' | '\\' | '"' | '<' | '>');
        if rest.is_empty() || rest.starts_with('/') || !rest.chars().all(is_plain) {
            return Err(UrlError);
        }
        let settings =
            HttpConnectorSettings::builder().connect_timeout(limits.connect).read_timeout(limits.call).build();
        let connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .connector_settings(settings)
            .build();
        Ok(Self {
            base: format!("{}/", url.trim_end_matches('/')),
            authorization: authorization.map(Sensitive::new),
            connector: SharedHttpConnector::new(connector),
            call: limits.call,
        })
    }

    /// Makes one call, without retries.
    async fn call(&self, call: CmsCall, key: &CmsKey, body: Option<Vec<u8>>) -> CmsOutcome {
        let Some(request) = self.request(call, key, body) else {
            return CmsOutcome::Misconfigured(Trouble::Connection);
        };
        match tokio::time::timeout(self.call, self.answer(request)).await {
            Ok(Ok((status, body))) => classify(call, status, &body, key),
            Ok(Err(trouble)) => CmsOutcome::Unknown(trouble),
            Err(_) => CmsOutcome::Unknown(Trouble::Timeout),
        }
    }

    fn request(&self, call: CmsCall, key: &CmsKey, body: Option<Vec<u8>>) -> Option<HttpRequest> {
        let mut request = HttpRequest::new(body.map_or_else(SdkBody::empty, SdkBody::from));
        let (method, uri) = match call {
            CmsCall::Place => ("POST", format!("{}orders", self.base)),
            CmsCall::Status => ("GET", format!("{}orders/{key}", self.base)),
            CmsCall::Void => ("DELETE", format!("{}orders/{key}", self.base)),
        };
        request.set_method(method).ok()?;
        request.set_uri(uri).ok()?;
        let headers = request.headers_mut();
        headers.try_insert("accept", "application/json").ok()?;
        if call == CmsCall::Place {
            headers.try_insert("content-type", "application/json").ok()?;
            headers.try_insert("idempotency-key", key.to_string()).ok()?;
        }
        if let Some(authorization) = &self.authorization {
            headers.try_insert("authorization", authorization.expose().clone()).ok()?;
        }
        Some(request)
    }

    /// Returns the status code and the body, which is empty, and so no fact, if it was too large or broke off.
    async fn answer(&self, request: HttpRequest) -> Result<(u16, Vec<u8>), Trouble> {
        let mut response = self
            .connector
            .call(request)
            .await
            .map_err(|error| if error.is_timeout() { Trouble::Timeout } else { Trouble::Connection })?;
        let status = response.status().as_u16();
        Ok((status, body(&mut response, BODY_BYTES_MAX).await.unwrap_or_default()))
    }
}

impl Cms for HttpCms {
    fn place<'a>(&'a self, order: &'a CmsOrder) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(async move {
            // Strings and numbers always serialize; an order that did not is not sent.
            match serde_json::to_vec(&PlaceRequest::of(order)) {
                Ok(body) => self.call(CmsCall::Place, &order.key, Some(body)).await,
                Err(_) => CmsOutcome::Misconfigured(Trouble::Unreadable),
            }
        })
    }

    fn status<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(self.call(CmsCall::Status, key, None))
    }

    fn void<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(self.call(CmsCall::Void, key, None))
    }
}

/// The credential is a secret, and the address may contain one.
impl fmt::Debug for HttpCms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpCms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_plain() {
        for (url, want) in [
            ("http://127.0.0.1:9100", true),
            ("https://cms.bank.example/api/v2/", true),
            ("ftp://cms.bank.example", false),
            ("https://", false),
            ("https:///orders", false),
            ("https://user:secret@cms.bank.example", false),
            ("https://cms.bank.example/?key=1", false),
            ("https://cms bank.example", false),
            ("cms.bank.example", false),
        ] {
            assert_eq!(HttpCms::new(url, None, CmsLimits::default()).is_ok(), want, "{url}");
        }
    }
}
