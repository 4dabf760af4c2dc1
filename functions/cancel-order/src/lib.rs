//! `POST /card-order/cancel`: cancels an order that has not been sent to the card management system yet.

mod body;

use lambda_http::Request;
use shared::api::{self, Reply};
use shared::call::Call;
use shared::error::Error;
use shared::orders::Orders;

/// Cancels the order that the body names.
pub async fn handle(orders: &Orders, call: &Call, request: &Request) -> Result<Reply, Error> {
    let (order, branch) = body::read(&api::json(request)?).map_err(Error::Invalid)?;
    orders.cancel(call, &order, &branch).await?;
    Ok(Reply::success("Order cancelled successfully"))
}
