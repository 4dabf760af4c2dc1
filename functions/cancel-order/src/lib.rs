//! `POST /card-order/cancel`: cancels an order before anything of it was sent to the card management system.

use lambda_http::Request;
use shared::api::{self, Reply};
use shared::call::{Call, note_order};
use shared::domain::CancelOrder;
use shared::error::Error;
use shared::orders::Orders;

/// Cancels the order that the body names.
pub async fn handle(orders: &Orders, call: &Call, request: &Request) -> Result<Reply, Error> {
    let cancel = CancelOrder::read(&api::json(request)?).map_err(Error::Invalid)?;
    note_order(&cancel.order_id);
    orders.cancel(call, &cancel).await?;
    Ok(Reply::success("Order cancelled successfully"))
}
