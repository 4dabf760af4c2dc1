//! Each operation through the gateway.

mod attention;
mod bad_input;
mod caller;
mod cancel_order;
mod create_order;
mod exchanges;
mod fetch_file;
mod fetch_kit;
mod fetch_order;
mod fetch_status;
mod list_files;
mod list_orders;
mod pgk_order;
mod process_order;
mod received_orders;
mod retry_stuck;
mod review_order;
mod sync_status;
mod tenant;
mod upload_file;
pub mod upload_ticket;
