//! Forwards a call to the API, with the operator's key.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use shared::api::Route;
use shared::domain::{Sensitive, TenantId};
use shared::https::Roots;
use shared::web::Web;

use super::base_url::BaseUrl;

/// API Gateway gives up after 29 seconds.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer that API Gateway lets through.
const ANSWER_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Headers of an answer that the page reads.
const PASSED_ON: [&str; 3] = ["content-type", "x-request-id", "retry-after"];

/// Calls the API for the page.
#[derive(Debug)]
pub(crate) struct Forwarder {
    url: BaseUrl,
    tenant: TenantId,
    authorization: Sensitive<String>,
    web: Web,
}

/// The API's answer.
pub(crate) struct Forwarded {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Forwarder {
    /// `None`: the key can't stand in a header.
    pub(crate) fn new(url: BaseUrl, tenant: TenantId, key: &str) -> Option<Self> {
        let is_key = key.bytes().all(|byte| byte.is_ascii_graphic());
        let authorization = is_key.then(|| Sensitive::new(format!("Bearer {key}")))?;
        Some(Self { url, tenant, authorization, web: Web::new(Roots::System, TIMEOUT) })
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host()
    }

    /// Calls a route. `None`: there was no complete answer.
    pub(crate) async fn call(&self, route: Route, body: Vec<u8>) -> Option<Forwarded> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").ok()?;
        request.set_uri(self.url.of(route.path())).ok()?;
        for (name, value) in [
            ("authorization", self.authorization.expose().as_str()),
            ("tenant", self.tenant.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json"),
            ("user-agent", "card-orders-admin"),
        ] {
            request.headers_mut().try_insert(name, value.to_owned()).ok()?;
        }
        let (response, body) = self.web.send(request, ANSWER_BYTES_MAX).await?;
        Some(Forwarded { status: response.status().as_u16(), headers: passed_on(&response), body })
    }
}

fn passed_on(response: &HttpResponse) -> Vec<(&'static str, String)> {
    let value = |name: &'static str| Some((name, response.headers().get(name)?.to_owned()));
    PASSED_ON.into_iter().filter_map(value).collect()
}
