//! `POST /card-order/approve` and `POST /card-order/reject`: a second person reviews an order that requires approval.

mod body;

use lambda_http::Request;
use shared::api::{self, Reply, Route};
use shared::call::Call;
use shared::error::Error;
use shared::orders::Orders;

/// Approves or rejects the order that the body names.
pub async fn handle(orders: &Orders, call: &Call, route: Route, request: &Request) -> Result<Reply, Error> {
    let body = api::json(request)?;
    if route == Route::RejectOrder {
        let (order, branch, reason) = body::read_rejection(&body).map_err(Error::Invalid)?;
        orders.reject(call, &order, &branch, &reason).await?;
        return Ok(Reply::success("Order rejected successfully"));
    }
    let (order, branch) = body::read_approval(&body).map_err(Error::Invalid)?;
    orders.approve(call, &order, &branch).await?;
    Ok(Reply::success("Order approved successfully"))
}
