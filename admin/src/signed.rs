//! Signed calls of those services of AWS that are asked one question each: an SDK for each would be five more.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shared::aws::{Access, service_url};
use shared::https::Roots;
use shared::web::Web;

const TIMEOUT: Duration = Duration::from_secs(15);
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// Asks services in the name of an account.
pub(crate) struct SignedCaller {
    access: Access,
    /// Instead of each service's own address.
    url: Option<String>,
    web: Web,
}

impl SignedCaller {
    pub(crate) fn new(access: Access, url: Option<String>, roots: Roots) -> Self {
        Self { access, url, web: Web::new(roots, TIMEOUT) }
    }

    /// Asks with an action and its parameters; the answer is XML. `service` is the host's first word and the signature's
    /// service.
    pub(crate) async fn query(&self, service: &str, parameters: &[(&str, &str)]) -> Result<String, String> {
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let form: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        self.call(service, "POST", "/", form.join("&")).await
    }

    /// Reads a resource; the answer is JSON.
    pub(crate) async fn get(&self, service: &str, path: &str) -> Result<serde_json::Value, String> {
        let text = self.call(service, "GET", path, String::new()).await?;
        serde_json::from_str(&text).map_err(|_| "the answer could not be read".to_owned())
    }

    /// The error is a sentence without the answer's text, which may repeat what was sent.
    async fn call(&self, service: &str, method: &'static str, path: &str, body: String) -> Result<String, String> {
        let request = self.signed(service, method, path, body).ok_or("the request could not be built")?;
        let answer = self.web.send(request, ANSWER_BYTES_MAX).await;
        let (response, body) = answer.ok_or_else(|| format!("{service} gave no complete answer in time"))?;
        match response.status().as_u16() {
            200 => String::from_utf8(body).map_err(|_| "the answer could not be read".to_owned()),
            403 => Err(format!("{service} does not allow this (status 403)")),
            404 => Err("is missing".to_owned()),
            status => Err(format!("{service} refused the question (status {status})")),
        }
    }

    fn signed(&self, service: &str, method: &'static str, path: &str, body: String) -> Option<HttpRequest> {
        let Access { region, key_id, secret_key, session_token } = &self.access;
        let own = || service_url(service, region);
        let uri = format!("{}{path}", self.url.clone().unwrap_or_else(own));
        let identity = Credentials::new(key_id, secret_key, session_token.clone(), None, "administrator").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let content_type = [("content-type", FORM)];
        let signable =
            SignableRequest::new(method, &uri, content_type.into_iter(), SignableBody::Bytes(body.as_bytes()));
        let (instructions, _) = sign(signable.ok()?, &parameters).ok()?.into_parts();
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method(method).ok()?;
        request.set_uri(uri.as_str()).ok()?;
        for (name, value) in content_type.into_iter().chain(instructions.headers()) {
            request.headers_mut().try_insert(name.to_owned(), value.to_owned()).ok()?;
        }
        *request.body_mut() = SdkBody::from(body);
        Some(request)
    }
}

/// Returns the texts of an element in a flat piece of XML, as AWS writes it.
pub(crate) fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(open.as_str())?;
        let (text, later) = after.split_once(close.as_str())?;
        rest = later;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_one_after_the_other() {
        let xml = "<a><member><x>1</x></member>\n<member><x>2</x><y/></member></a><x>3";
        assert_eq!(elements(xml, "x").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(elements(xml, "member").count(), 2);
        assert_eq!(elements(xml, "z").count(), 0);
    }
}
