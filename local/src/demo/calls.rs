//! Calls of the public API, as the people of the demo make them.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use shared::aws;
use shared::https::Roots;

use super::error::DemoError;
use crate::config::{BUCKET, access};
use crate::stack::Stack;

/// The tenant of the demo.
pub(super) const TENANT: &str = "ACME_BANK";
/// How often a file's verdict is asked for, and how many times.
const PAUSE: Duration = Duration::from_millis(20);
const PAUSES_MAX: u32 = 1_500;
const BOUNDARY: &str = "demo-2f1c";

/// A client of a stack.
pub(super) struct Calls {
    http: Client<HttpConnector, Full<Bytes>>,
    gateway: String,
    s3: aws_sdk_s3::Client,
}

impl Calls {
    pub(super) fn of(stack: &Stack) -> Self {
        let config = aws::config(&access(), aws::http_client(Roots::Amazon));
        Self {
            http: Client::builder(TokioExecutor::new()).build_http(),
            gateway: format!("http://{}/v1/card-order", stack.gateway),
            s3: aws::s3(&config, Some(&format!("http://{}", stack.s3))),
        }
    }

    /// Calls an operation that must succeed.
    pub(super) async fn call(&self, user: &str, operation: &str, body: &Value) -> Result<Value, DemoError> {
        accepted(operation, self.send(user, operation, body).await?)
    }

    /// Has an order sent to the CMS, which may not answer.
    pub(super) async fn process(&self, user: &str, id: &str) -> Result<(), DemoError> {
        match self.send(user, "/process", &json!({ "cardOrderId": id })).await? {
            (StatusCode::BAD_GATEWAY | StatusCode::CONFLICT, _) => Ok(()),
            answer => accepted("/process", answer).map(drop),
        }
    }

    /// Uploads a file, and waits for its verdict.
    pub(super) async fn upload(&self, user: &str, name: &str, content: &[u8]) -> Result<(), DemoError> {
        let mut body = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/plain\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        accepted("/uploadFile", self.post(user, "/uploadFile", &media_type, body.into()).await?)?;
        self.settled(user, name).await
    }

    /// Puts a file into the inbox as a partner would, and waits until it is known what became of it.
    pub(super) async fn drop_file(&self, user: &str, name: &str, content: Vec<u8>) -> Result<(), DemoError> {
        let key = format!("t/{TENANT}/inbox/{name}");
        let put = self.s3.put_object().bucket(BUCKET).key(key).body(ByteStream::from(content)).send().await;
        put.map_err(|error| DemoError::Unreachable(error.into_service_error().into()))?;
        self.settled(user, name).await
    }

    async fn settled(&self, user: &str, name: &str) -> Result<(), DemoError> {
        for _ in 0..PAUSES_MAX {
            let (_, answer) = self.send(user, "/fetchFile", &json!({ "fileName": name })).await?;
            if matches!(answer["result"]["status"].as_str(), Some("VALID" | "INVALID")) {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(DemoError::NoVerdict)
    }

    async fn send(&self, user: &str, operation: &str, body: &Value) -> Result<(StatusCode, Value), DemoError> {
        self.post(user, operation, "application/json", body.to_string().into()).await
    }

    async fn post(
        &self,
        user: &str,
        operation: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Value), DemoError> {
        let unreachable = |error: hyper::http::Error| DemoError::Unreachable(error.into());
        let request = Request::post(format!("{}{operation}", self.gateway))
            .header("content-type", media_type)
            .header("tenant", TENANT)
            .header("x-user", user)
            .body(Full::new(body))
            .map_err(unreachable)?;
        let response = self.http.request(request).await.map_err(|error| DemoError::Unreachable(error.into()))?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| DemoError::Unreachable(error.into()))?;
        let answer = serde_json::from_slice(&body.to_bytes()).map_err(|error| DemoError::Unreachable(error.into()))?;
        Ok((status, answer))
    }
}

fn accepted(operation: &str, (status, answer): (StatusCode, Value)) -> Result<Value, DemoError> {
    if status.is_success() {
        return Ok(answer["result"].clone());
    }
    let code = answer["exception"]["errorCode"].as_str().unwrap_or_default().to_owned();
    Err(DemoError::Refused { operation: operation.to_owned(), status, code })
}
