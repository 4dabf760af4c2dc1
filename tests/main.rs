//! The service from outside, each test on a stack of its own: embedded store and bucket, real SDK, real HTTP.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::doc_markdown, reason = "ACME_BANK is a name")]

mod api;
mod architecture;
mod binaries;
mod concurrency;
mod contract;
mod events;
mod ingest_crash;
mod ingest_file;
mod lasting;
mod logs;
mod lost_answers;
mod pgk;
mod pgk_differential;
mod support;
mod tables;
mod time_zones;
