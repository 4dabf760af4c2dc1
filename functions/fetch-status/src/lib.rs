//! `POST /card-order/fetchStatus`: returns the status of an order. `POST /card-order/history`: returns its status changes.

use lambda_http::Request;
use serde::Serialize;
use shared::api::{self, HistoryEntry, Reply, Route};
use shared::call::Call;
use shared::domain::{CardType, OrderLine, OrderView, Status, Tenant, read_single};
use shared::error::Error;
use shared::orders::Orders;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderStatus {
    card_order_name: String,
    status: Status,
    tenant_name: String,
    product_details: Vec<ProductDetail>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductDetail {
    bin_number: u32,
    card_type: CardType,
    corporate_name: String,
    no_of_card: u32,
    product_id: String,
    status: Status,
}

/// Reads the status or the history of the order that the body names.
pub async fn handle(orders: &Orders, call: &Call, route: Route, request: &Request) -> Result<Reply, Error> {
    let id = read_single(&api::json(request)?, "cardOrderId").map_err(Error::Invalid)?;
    if route == Route::FetchHistory {
        let changes = orders.history(call, &id).await?;
        return Ok(Reply::success(changes.into_iter().map(HistoryEntry::from).collect::<Vec<_>>()));
    }
    let order = orders.find(call, &id).await?;
    Ok(Reply::success(order_status(&call.tenant, order)))
}

fn order_status(tenant: &Tenant, order: OrderView) -> OrderStatus {
    let detail = |OrderLine { line, status }: OrderLine| ProductDetail {
        bin_number: line.bin.number(),
        card_type: line.card_type,
        corporate_name: tenant.settings.display_name.clone(),
        no_of_card: line.quantity.get(),
        product_id: line.product_id.to_string(),
        status,
    };
    OrderStatus {
        card_order_name: order.label,
        status: order.status,
        tenant_name: tenant.id.to_string(),
        product_details: order.lines.into_iter().map(detail).collect(),
    }
}
