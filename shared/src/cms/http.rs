//! The CMS over HTTP. One host, from configuration; no redirects, a cap on the body, no retries: only the index by next
//! action makes an order be sent again.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Collected, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use hyper_util::client::legacy::Client;

use super::answer::{CmsCall, classify};
use super::connection::{CmsConnection, is_refused_by_tls};
use super::wire::PlaceRequest;
use super::{Cms, CmsOutcome, Trouble};
use crate::domain::{CmsKey, CmsOrder, Sensitive};
use crate::https::{self, Connections};

/// The largest body that is read; the contract's answers have a few hundred bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct CmsLimits {
    /// To look up the name, connect and finish the TLS handshake.
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
    client: Client<Connections, Full<Bytes>>,
    call: Duration,
}

/// The base URL is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an http or https URL without query, fragment or credentials")]
pub struct UrlError;

impl HttpCms {
    /// Whether `url` can be the base URL of a CMS.
    pub(super) fn check_url(url: &str) -> Result<(), UrlError> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or(UrlError)?;
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '@' | '\\' | '"' | '<' | '>');
        if rest.is_empty() || rest.starts_with('/') || !rest.chars().all(is_plain) {
            return Err(UrlError);
        }
        Ok(())
    }

    /// A client for the CMS at `url`.
    pub fn new(url: &str, connection: CmsConnection, limits: CmsLimits) -> Result<Self, UrlError> {
        Self::check_url(url)?;
        Ok(Self {
            base: format!("{}/", url.trim_end_matches('/')),
            authorization: connection.authorization,
            client: https::client(Connections::new(connection.tls, limits.connect)),
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
            Ok(Err(Trouble::Tls)) => CmsOutcome::Misconfigured(Trouble::Tls),
            Ok(Err(trouble)) => CmsOutcome::Unknown(trouble),
            Err(_) => CmsOutcome::Unknown(Trouble::Timeout),
        }
    }

    fn request(&self, call: CmsCall, key: &CmsKey, body: Option<Vec<u8>>) -> Option<Request<Full<Bytes>>> {
        let (method, uri) = match call {
            CmsCall::Place => ("POST", format!("{}orders", self.base)),
            CmsCall::Status => ("GET", format!("{}orders/{key}", self.base)),
            CmsCall::Void => ("DELETE", format!("{}orders/{key}", self.base)),
        };
        let mut request = Request::builder().method(method).uri(uri).header(ACCEPT, "application/json");
        if call == CmsCall::Place {
            request = request.header(CONTENT_TYPE, "application/json").header("idempotency-key", key.to_string());
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.expose());
        }
        request.body(body.map_or_else(Full::default, Full::from)).ok()
    }

    /// Returns the status code and the body, which is empty, and so no fact, if it was too large or broke off.
    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), Trouble> {
        let response = self.client.request(request).await.map_err(|error| trouble(&error))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), BODY_BYTES_MAX).collect().await;
        Ok((status, body.map(Collected::to_bytes).unwrap_or_default()))
    }
}

fn trouble(error: &hyper_util::client::legacy::Error) -> Trouble {
    if is_refused_by_tls(error) { Trouble::Tls } else { Trouble::Connection }
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
            let connection = CmsConnection::with_token(None).unwrap();
            assert_eq!(HttpCms::new(url, connection, CmsLimits::default()).is_ok(), want, "{url}");
        }
    }
}
