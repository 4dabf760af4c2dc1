//! Each operation through the gateway.

mod bad_input;
mod caller;
mod cancel_order;
mod create_order;
mod exchanges;
mod fetch_file;
mod fetch_kit;
mod fetch_status;
mod pgk_order;
mod process_order;
mod received_orders;
mod retry_stuck;
mod sync_status;
mod tenant;
mod upload_file;
pub mod upload_ticket;
