//! The service from outside. Each test has its own stack: embedded store and bucket, real SDK, real HTTP.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::doc_markdown, reason = "ACME_BANK is a name")]

mod admin;
mod alarms;
mod api;
mod architecture;
mod authorize;
mod binaries;
mod cms_client;
mod cms_simulator;
mod cms_tls;
mod concurrency;
mod console;
mod contract;
mod credentials;
mod dashboard;
mod demo;
mod dispatch_due;
mod events;
mod explanation;
mod imports;
mod ingest_busy;
mod ingest_crash;
mod ingest_file;
mod ingest_handover;
mod ingest_steps;
mod isolation;
mod kit_model;
mod lasting;
mod local_listeners;
mod local_pages;
mod logs;
mod lost_answers;
mod openapi;
mod pgk;
mod pgk_differential;
mod processing;
mod protocol_model;
mod retention;
mod search;
mod secrets;
mod stored_items;
mod support;
mod tables;
mod template;
mod tenants_apart;
mod time_zones;
mod trust;
mod work_due;
