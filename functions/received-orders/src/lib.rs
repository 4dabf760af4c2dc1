//! `POST /card-order/received`: lists the orders that have not been handed over, the oldest first.

mod cursor;

use jiff::SignedDuration;
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::api::{self, Reply};
use shared::domain::{ReceivedQuery, Status, ThresholdMinutes};
use shared::error::Error;
use shared::runtime::App;
use shared::store::{Listing, ReceivedOrder};

use cursor::Cursors;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedOrder {
    card_order_id: String,
    card_order_name: String,
    branch_id: String,
    status: Status,
    received_at: String,
}

/// Answers one request.
#[tracing::instrument(level = "error", name = "received-orders", skip_all, fields(request.id = api::request_id(&request), tenant))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    api::respond(&request, list(app, &request).await)
}

async fn list(app: &App, request: &Request) -> Result<Reply<Vec<ListedOrder>>, Error> {
    let tenant = app.tenant(request).await?;
    let query = ReceivedQuery::read(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    let cursors = Cursors::new(app.cursor_key.as_ref())?;
    let after = match &query.next_token {
        Some(token) => {
            let place = cursors.open(token.as_str(), &tenant.id, &query);
            Some(place.ok_or_else(|| Error::Invalid(ReceivedQuery::wrong_token()))?)
        }
        None => None,
    };
    let page = app.store.received_orders(&tenant, listing(&query, app, after)).await?;
    let next = page.after.map(|place| cursors.seal(&place, &tenant.id, &query));
    Ok(Reply::ok(page.orders.into_iter().map(listed).collect()).next_token(next))
}

fn listing<'a>(query: &'a ReceivedQuery, app: &App, after: Option<String>) -> Listing<'a> {
    let now = app.now();
    let threshold = SignedDuration::from_mins(query.threshold.map_or(0, ThresholdMinutes::get).into());
    Listing {
        branch: query.branch.as_ref(),
        until: now.checked_sub(threshold).unwrap_or(now),
        size: usize::try_from(query.page_size.get()).unwrap_or(usize::MAX),
        after,
        now,
    }
}

fn listed(order: ReceivedOrder) -> ListedOrder {
    ListedOrder {
        card_order_id: order.id.to_string(),
        card_order_name: order.label,
        branch_id: order.branch.to_string(),
        status: Status::Received,
        received_at: format!("{:.3}", order.received_at),
    }
}
