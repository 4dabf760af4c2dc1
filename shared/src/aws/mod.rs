//! AWS: credentials, clients, and what a failed call means.

mod clients;
mod failure;
mod http;
mod partition;
mod sessions;

pub use clients::{Access, HttpClient, SdkConfig, config, dynamodb, s3, secrets_manager, sqs, sts};
pub(crate) use failure::{failure, is_conflict, misuse};
pub(crate) use http::connector;
pub use http::{http_client, http_client_ahead};
pub use partition::service_url;
pub(crate) use partition::url_suffix;
pub(crate) use sessions::Session;
pub use sessions::{SessionSource, Sessions};
