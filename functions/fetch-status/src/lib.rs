//! `POST /card-order/fetchStatus`: says where an order stands. `POST /card-order/history`: says how it came there.

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::api::{self, Reply};
use shared::domain::{CardType, Change, OrderQuery, Status, Tenant};
use shared::error::Error;
use shared::runtime::App;
use shared::store::{StoredLine, StoredOrder};

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoryEntry {
    from: Option<Status>,
    to: Status,
    at: String,
    actor: String,
    request_id: String,
}

/// Answers one request.
#[tracing::instrument(level = "error", name = "fetch-status", skip_all, fields(request.id = api::request_id(&request), tenant, order.id))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    if request.uri().path().ends_with("/history") {
        api::respond(&request, history(app, &request).await)
    } else {
        api::respond(&request, fetch(app, &request).await)
    }
}

async fn fetch(app: &App, request: &Request) -> Result<Reply<OrderStatus>, Error> {
    let tenant = app.tenant(request).await?;
    let query = OrderQuery::read(&api::json(request)?).map_err(Error::Invalid)?;
    api::note_order(&query.order_id);
    let order = app.store.order(&tenant.id, &query.order_id, app.now()).await?.ok_or(Error::OrderNotFound)?;
    Ok(Reply::ok(order_status(&tenant, order)))
}

fn order_status(tenant: &Tenant, order: StoredOrder) -> OrderStatus {
    let detail = |StoredLine { line, status }: StoredLine| ProductDetail {
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

async fn history(app: &App, request: &Request) -> Result<Reply<Vec<HistoryEntry>>, Error> {
    let tenant = app.tenant(request).await?;
    let query = OrderQuery::read(&api::json(request)?).map_err(Error::Invalid)?;
    api::note_order(&query.order_id);
    let changes = app.store.history(&tenant.id, &query.order_id).await?.ok_or(Error::OrderNotFound)?;
    Ok(Reply::ok(changes.into_iter().map(HistoryEntry::from).collect()))
}

impl From<Change> for HistoryEntry {
    fn from(change: Change) -> Self {
        Self {
            from: change.from,
            to: change.to,
            at: format!("{:.3}", change.at),
            actor: change.actor.into_owned(),
            request_id: change.request_id,
        }
    }
}
