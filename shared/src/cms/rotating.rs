//! A CMS whose credential and certificates are a secret. It is read when it is needed, and once more when the CMS refuses
//! it, so that it can be rotated without a deployment.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::connection::CmsConnection;
use super::http::{CmsLimits, HttpCms, UrlError};
use super::{Cms, CmsOutcome, Trouble};
use crate::domain::{CmsKey, CmsOrder};
use crate::error::{Error, chain};
use crate::secret::{Secret, SecretValue};

/// A client of one CMS, which is built anew when the secret changes.
pub struct RotatingCms {
    /// Its address; `None`: the secret says it.
    url: Option<String>,
    limits: CmsLimits,
    secret: Secret,
    current: Mutex<Option<(SecretValue, Arc<HttpCms>)>>,
}

impl RotatingCms {
    /// A client for the CMS at `url`.
    pub fn new(url: String, secret: Secret, limits: CmsLimits) -> Result<Self, UrlError> {
        HttpCms::check_url(&url)?;
        Ok(Self { url: Some(url), limits, secret, current: Mutex::default() })
    }

    /// A client for the CMS of a profile, whose secret says its address as well.
    #[must_use]
    pub fn of_profile(secret: Secret, limits: CmsLimits) -> Self {
        Self { url: None, limits, secret, current: Mutex::default() }
    }

    /// Makes a call. Where the CMS refused our credential or certificate, and the secret has changed, makes it once more:
    /// a call that was refused has done nothing.
    async fn call(&self, call: CmsRequest<'_>) -> CmsOutcome {
        let Some(client) = self.client(self.secret.value().await).await else {
            return CmsOutcome::Misconfigured(Trouble::Secret);
        };
        let outcome = call.send(&client).await;
        if !matches!(outcome, CmsOutcome::Misconfigured(Trouble::Status(401 | 403) | Trouble::Tls)) {
            return outcome;
        }
        match self.client(self.secret.value_after_refusal().await).await {
            Some(renewed) if !Arc::ptr_eq(&renewed, &client) => call.send(&renewed).await,
            _ => outcome,
        }
    }

    /// The client for a value of the secret; `None`, which is logged, if there is none.
    async fn client(&self, value: Result<SecretValue, Error>) -> Option<Arc<HttpCms>> {
        let mut current = self.current.lock().await;
        let value = value.inspect_err(|error| {
            let cause = std::error::Error::source(error).map(chain);
            tracing::error!(%error, cause, "the secret of the card management system could not be read");
        });
        let value = value.ok()?;
        if let Some((_, client)) = current.as_ref().filter(|(of_client, _)| Arc::ptr_eq(of_client, &value)) {
            return Some(Arc::clone(client));
        }
        let connection = CmsConnection::parse(value.expose());
        let connection = connection.inspect_err(|error| tracing::error!(%error, "the secret cannot be used")).ok()?;
        if self.url.is_some() && connection.url.is_some() {
            tracing::error!("the address of the default card management system is set by CMS_URL, not by its secret");
            return None;
        }
        let url = self.url.clone().or_else(|| connection.url.clone()).unwrap_or_default();
        let client = HttpCms::new(&url, connection, self.limits);
        let client = client.inspect_err(|error| tracing::error!(%error, "the address in the secret cannot be used"));
        let client = Arc::new(client.ok()?);
        *current = Some((value, Arc::clone(&client)));
        Some(client)
    }
}

/// What the CMS is asked.
#[derive(Clone, Copy)]
enum CmsRequest<'a> {
    Place(&'a CmsOrder),
    Status(&'a CmsKey),
    Void(&'a CmsKey),
}

impl CmsRequest<'_> {
    async fn send(self, client: &HttpCms) -> CmsOutcome {
        match self {
            Self::Place(order) => client.place(order).await,
            Self::Status(key) => client.status(key).await,
            Self::Void(key) => client.void(key).await,
        }
    }
}

impl Cms for RotatingCms {
    fn place<'a>(&'a self, order: &'a CmsOrder) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(self.call(CmsRequest::Place(order)))
    }

    fn status<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(self.call(CmsRequest::Status(key)))
    }

    fn void<'a>(&'a self, key: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        Box::pin(self.call(CmsRequest::Void(key)))
    }
}

impl fmt::Debug for RotatingCms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RotatingCms")
    }
}
