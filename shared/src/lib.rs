//! The card-order service, apart from its entry points. From the inside out:
//!
//! - [`domain`]: the words; no I/O, no AWS, no HTTP, no clock
//! - [`error`], [`call`], [`deadline`], [`clock`]: what can go wrong, who calls, and the time
//! - [`pgk`]: the file of pre-generated kits, parsed in one pass
//! - [`https`]: how our clients connect, and which certificate authorities they trust
//! - [`aws`]: credentials, clients, and what a failed call means
//! - [`web`]: calls of other systems over HTTP
//! - [`secret`]: secrets, read at run time
//! - [`store`], [`bucket`], [`queue`], [`cms`]: DynamoDB, S3, SQS, and the card management system
//! - [`tenants`], [`orders`], [`files`], [`processing`]: the use cases
//! - [`api`]: the entry of events: HTTP through API Gateway, and batches of queue messages
//! - [`runtime`]: from the environment to the values that a function works with

pub mod api;
pub mod aws;
pub mod bucket;
pub mod call;
pub mod clock;
pub mod cms;
pub mod deadline;
pub mod domain;
pub mod error;
pub mod files;
pub mod https;
pub mod orders;
pub mod pgk;
pub mod processing;
pub mod queue;
pub mod runtime;
pub mod secret;
pub mod store;
pub mod tenants;
pub mod web;
