//! AWS: credentials, clients, and what a failed call means.

mod clients;
mod failure;
mod http;
mod partition;
mod roots;

pub use clients::{Access, HttpClient, SdkConfig, config, dynamodb, s3, secrets_manager, sqs};
pub(crate) use failure::{failure, is_conflict, misuse};
pub use http::http_client;
pub use partition::url_suffix;
pub use roots::{Bundle, Roots};
