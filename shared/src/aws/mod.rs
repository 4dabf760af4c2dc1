//! AWS: credentials, clients, and what a failed call means.

mod clients;
mod failure;
mod http;
mod roots;

pub use clients::{Access, HttpClient, SdkConfig, config, dynamodb, s3, sqs};
pub(crate) use failure::{failure, is_conflict, misuse};
pub use http::http_client;
pub use roots::{Bundle, Roots};
