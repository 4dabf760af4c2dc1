//! AWS: credentials, clients, and what a failed call means.

mod clients;
mod failure;

pub use clients::{Access, HttpClient, SdkConfig, config, dynamodb, http_client, s3, sqs};
pub(crate) use failure::{failure, is_conflict, misuse};
