//! `POST /card-order/received`: lists the orders that have not been sent yet, oldest first.

mod body;

use jiff::SignedDuration;
use lambda_http::Request;
use serde::Serialize;
use shared::api::{self, Cursors, Reply, Route, SealedList};
use shared::call::Call;
use shared::domain::{Status, ThresholdMinutes};
use shared::error::Error;
use shared::orders::Orders;
use shared::store::{Listing, ReceivedOrder};

use body::ReceivedQuery;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedOrder {
    card_order_id: String,
    card_order_name: String,
    branch_id: String,
    status: Status,
    received_at: String,
}

/// Lists a page of orders.
pub async fn handle(orders: &Orders, cursors: &Cursors, call: &Call, request: &Request) -> Result<Reply, Error> {
    let query = ReceivedQuery::read(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    let list = SealedList { call, route: Route::ListReceived, filters: query.filters() };
    let after = cursors.open(query.next_token.as_ref(), &list).await?;
    let page = orders.received(call, listing(&query, call, after)).await?;
    let next = cursors.seal(page.after, &list).await?;
    Ok(Reply::success(page.orders.into_iter().map(listed).collect::<Vec<_>>()).next_token(next))
}

fn listing<'a>(query: &'a ReceivedQuery, call: &Call, after: Option<String>) -> Listing<'a> {
    let now = call.now;
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
