//! The only HTTP: from a request to parsed input, from a result to the one envelope.

mod body;
pub mod entry;
mod exception;
mod headers;
mod multipart;
mod reply;
mod tenant;
mod time;

pub use body::{JSON_BYTES_MAX, json, json_if_any};
pub use headers::{dry_run, no_dry_run, note_order, order_id_or_new, request_id};
pub use multipart::{FILE_BYTES_MAX, Upload, upload};
pub use reply::{Reply, respond};
pub use tenant::{TenantMode, claimed_tenant};
pub use time::TimeLeft;
