//! The entry of events. The only HTTP: from a request to parsed input, from a result to the one envelope. And batches of
//! queue messages.

pub mod batch;
mod body;
mod caller;
pub mod entry;
mod exception;
mod headers;
mod multipart;
mod paging;
mod reply;
mod routes;
mod rows;
mod whole_order;

pub use body::{JSON_BYTES_MAX, json, json_if_any};
pub use caller::{Callers, TenantMode};
pub use headers::order_id_or_new;
pub use multipart::{FILE_BYTES_MAX, Upload, upload};
pub use paging::{Cursors, NextToken, PageQuery, SealedList};
pub use reply::{ANSWERED, Reply};
pub use routes::{Function, Route};
pub use rows::{FileRow, HistoryEntry, OrderRow};
pub use whole_order::WholeOrder;
