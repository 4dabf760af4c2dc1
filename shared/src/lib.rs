//! The card-order service, apart from its entry points. From the inside out:
//!
//! - [`domain`]: the words; no I/O, no AWS, no HTTP, no clock
//! - [`error`]: what can go wrong, said without HTTP
//! - [`pgk`]: the file of pre-generated kits, parsed in one pass
//! - [`store`], [`bucket`], [`queue`], [`cms`]: DynamoDB, S3, SQS, and the card management system
//! - [`clock`], [`random`]: the time, and chance
//! - [`orders`], [`files`], [`processing`]: the use cases
//! - [`api`]: the only HTTP
//! - [`runtime`]: from the environment to an [`runtime::App`]

pub mod api;
pub mod bucket;
pub mod clock;
pub mod cms;
pub mod domain;
pub mod error;
pub mod files;
pub mod orders;
pub mod pgk;
pub mod processing;
pub mod queue;
pub mod random;
pub mod runtime;
pub mod store;
