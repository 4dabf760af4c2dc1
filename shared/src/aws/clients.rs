//! The SDK's clients, built for a fast start: credentials and region come from the environment of the Lambda sandbox.

use std::time::Duration;

pub use aws_sdk_dynamodb::config::SharedHttpClient as HttpClient;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, StalledStreamProtectionConfig,
};
pub use aws_types::SdkConfig;

const ATTEMPTS_MAX: u32 = 4;
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one attempt may take, and a whole operation with its retries; a function has 29 seconds.
const TIMEOUTS: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(10));
/// S3 moves whole files.
const BUCKET_TIMEOUTS: (Duration, Duration) = (Duration::from_secs(8), Duration::from_secs(16));

/// Region and credentials.
#[derive(Clone)]
pub struct Access {
    /// The region.
    pub region: String,
    /// The access key's id.
    pub key_id: String,
    /// The access key.
    pub secret_key: String,
    /// The token that temporary credentials add.
    pub session_token: Option<String>,
}

/// Keeps the secrets out of logs.
impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({})", self.region)
    }
}

impl Access {
    pub(super) fn credentials(&self) -> Credentials {
        Credentials::new(&self.key_id, &self.secret_key, self.session_token.clone(), None, "environment")
    }
}

/// The configuration that all clients share.
#[must_use]
pub fn config(access: &Access, http: HttpClient) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(access.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(access.credentials()))
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
        .timeout_config(timeouts(TIMEOUTS))
        .build()
}

fn timeouts((attempt, operation): (Duration, Duration)) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// A client of DynamoDB, or of a stand-in at `url`.
#[must_use]
pub fn dynamodb(config: &SdkConfig, url: Option<&str>) -> aws_sdk_dynamodb::Client {
    // An attempt ends before the watch over slow streams would begin; it would wrap every body for nothing.
    let watch = StalledStreamProtectionConfig::disabled();
    let mut builder = aws_sdk_dynamodb::config::Builder::from(config).stalled_stream_protection(watch);
    builder.set_endpoint_url(url.map(str::to_owned));
    aws_sdk_dynamodb::Client::from_conf(builder.build())
}

/// A client of S3, or of a stand-in at `url`, which is called path-style.
#[must_use]
pub fn s3(config: &SdkConfig, url: Option<&str>) -> aws_sdk_s3::Client {
    let mut builder = aws_sdk_s3::config::Builder::from(config);
    builder.set_endpoint_url(url.map(str::to_owned));
    let builder = builder.timeout_config(timeouts(BUCKET_TIMEOUTS)).force_path_style(url.is_some());
    aws_sdk_s3::Client::from_conf(builder.build())
}

/// A client of Secrets Manager, or of a stand-in at `url`.
#[must_use]
pub fn secrets_manager(config: &SdkConfig, url: Option<&str>) -> aws_sdk_secretsmanager::Client {
    let mut builder = aws_sdk_secretsmanager::config::Builder::from(config);
    builder.set_endpoint_url(url.map(str::to_owned));
    aws_sdk_secretsmanager::Client::from_conf(builder.build())
}

/// A client of STS, or of a stand-in at `url`.
#[must_use]
pub fn sts(config: &SdkConfig, url: Option<&str>) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config);
    builder.set_endpoint_url(url.map(str::to_owned));
    aws_sdk_sts::Client::from_conf(builder.build())
}

/// A client of SQS, or of a stand-in at `url`.
#[must_use]
pub fn sqs(config: &SdkConfig, url: Option<&str>) -> aws_sdk_sqs::Client {
    let mut builder = aws_sdk_sqs::config::Builder::from(config);
    builder.set_endpoint_url(url.map(str::to_owned));
    aws_sdk_sqs::Client::from_conf(builder.build())
}
