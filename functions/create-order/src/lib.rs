//! `POST /card-order`: places an order.

use lambda_http::Request;
use shared::api::{self, Reply};
use shared::call::Call;
use shared::domain::NewOrder;
use shared::error::Error;
use shared::orders::Orders;

/// Places the order in the body.
pub async fn handle(orders: &Orders, call: &Call, request: &Request) -> Result<Reply, Error> {
    let id = api::order_id_or_new(request, &call.tenant.id)?;
    let order = NewOrder::read(&api::json(request)?, &call.tenant, call.now, &id);
    let placed = orders.place(call, order).await?;
    Ok(Reply::success("success").order_id(&placed.id).replayed(placed.is_replay))
}
