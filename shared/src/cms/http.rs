//! The card management system behind HTTP. One host, from configuration; no redirect is followed, no body is read beyond
//! its cap, nothing is repeated here: an order is handed over again from the index by next action, and from there only.

use std::fmt;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use futures_util::future::BoxFuture;

use super::answer::{Call, classify};
use super::wire::PlaceRequest;
use super::{Cms, Outcome, Trouble};
use crate::domain::{CmsKey, CmsOrder, Sensitive};

/// What a body may measure; the contract's answers have some hundred bytes.
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

/// A client of one card management system.
pub struct HttpCms {
    /// Ends with a slash.
    base: String,
    /// The header `authorization`.
    authorization: Option<Sensitive<String>>,
    connector: SharedHttpConnector,
    call: Duration,
}

/// A base URL that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an http or https URL without query, fragment or credentials")]
pub struct UrlError;

impl HttpCms {
    /// A client for the card management system at `url`.
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

    /// One call, once.
    async fn call(&self, call: Call, key: &CmsKey, body: Option<Vec<u8>>) -> Outcome {
        let Some(request) = self.request(call, key, body) else {
            return Outcome::Misconfigured(Trouble::Connection);
        };
        match tokio::time::timeout(self.call, self.answer(request)).await {
            Ok(Ok((status, body))) => classify(call, status, &body, key),
            Ok(Err(trouble)) => Outcome::Unknown(trouble),
            Err(_) => Outcome::Unknown(Trouble::Timeout),
        }
    }

    fn request(&self, call: Call, key: &CmsKey, body: Option<Vec<u8>>) -> Option<HttpRequest> {
        let mut request = HttpRequest::new(body.map_or_else(SdkBody::empty, SdkBody::from));
        let (method, uri) = match call {
            Call::Place => ("POST", format!("{}orders", self.base)),
            Call::Status => ("GET", format!("{}orders/{key}", self.base)),
            Call::Void => ("DELETE", format!("{}orders/{key}", self.base)),
        };
        request.set_method(method).ok()?;
        request.set_uri(uri).ok()?;
        let headers = request.headers_mut();
        headers.try_insert("accept", "application/json").ok()?;
        if call == Call::Place {
            headers.try_insert("content-type", "application/json").ok()?;
            headers.try_insert("idempotency-key", key.to_string()).ok()?;
        }
        if let Some(authorization) = &self.authorization {
            headers.try_insert("authorization", authorization.expose().clone()).ok()?;
        }
        Some(request)
    }

    /// The status code and the body; an empty body where it is too large or breaks off, which no fact can be read from.
    async fn answer(&self, request: HttpRequest) -> Result<(u16, Vec<u8>), Trouble> {
        let mut response = self
            .connector
            .call(request)
            .await
            .map_err(|error| if error.is_timeout() { Trouble::Timeout } else { Trouble::Connection })?;
        let status = response.status().as_u16();
        Ok((status, body(&mut response).await.unwrap_or_default()))
    }
}

/// The body, if it is whole and not too large.
async fn body(response: &mut HttpResponse) -> Option<Vec<u8>> {
    let mut body = aws_smithy_types::byte_stream::ByteStream::new(response.take_body());
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.ok()?;
        if bytes.len() + chunk.len() > BODY_BYTES_MAX {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}

impl Cms for HttpCms {
    fn place<'a>(&'a self, order: &'a CmsOrder) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            // Texts and numbers can always be written; an order that could not is never sent.
            match serde_json::to_vec(&PlaceRequest::of(order)) {
                Ok(body) => self.call(Call::Place, &order.key, Some(body)).await,
                Err(_) => Outcome::Misconfigured(Trouble::Unreadable),
            }
        })
    }

    fn status<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, Outcome> {
        Box::pin(self.call(Call::Status, key, None))
    }

    fn void<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, Outcome> {
        Box::pin(self.call(Call::Void, key, None))
    }
}

/// The address may name a path that is a secret, and the credential is one.
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
