//! Calls of other systems over HTTP: one timeout, a cap on the body, no redirects, no retries.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::aws;
use crate::https::Roots;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A client of the web. It is built by the first call, since it then reads the system's certificate authorities.
#[derive(Debug)]
pub struct Web {
    roots: Roots,
    timeout: Duration,
    connector: OnceLock<SharedHttpConnector>,
}

impl Web {
    /// A client that trusts these authorities, and waits so long for a whole answer.
    #[must_use]
    pub fn new(roots: Roots, timeout: Duration) -> Self {
        Self { roots, timeout, connector: OnceLock::new() }
    }

    /// Gets a document. Returns its status and body; `None` if there was no complete answer in time, or a larger one.
    pub async fn get(&self, url: &str, bytes_max: usize) -> Option<(u16, Vec<u8>)> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(url.to_owned()).ok()?;
        request.headers_mut().try_insert("accept", "application/json").ok()?;
        let (response, body) = self.send(request, bytes_max).await?;
        Some((response.status().as_u16(), body))
    }

    /// Sends any request. Returns the answer and its body; `None` if there was no complete one in time, or a larger one.
    pub async fn send(&self, request: HttpRequest, bytes_max: usize) -> Option<(HttpResponse, Vec<u8>)> {
        let answer = async {
            let mut response = self.connector().call(request).await.ok()?;
            let body = body(&mut response, bytes_max).await?;
            Some((response, body))
        };
        tokio::time::timeout(self.timeout, answer).await.ok()?
    }

    fn connector(&self) -> &SharedHttpConnector {
        self.connector.get_or_init(|| aws::connector(&self.roots, CONNECT_TIMEOUT, &[]))
    }
}

/// The body, if it is complete and not larger.
async fn body(response: &mut HttpResponse, bytes_max: usize) -> Option<Vec<u8>> {
    let mut body = aws_smithy_types::byte_stream::ByteStream::new(response.take_body());
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.ok()?;
        if bytes.len() + chunk.len() > bytes_max {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}
