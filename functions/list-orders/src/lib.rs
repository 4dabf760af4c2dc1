//! `POST /card-order/list`: lists orders of a status or a branch, newest first. `POST /card-order/attention`: returns what
//! needs somebody's attention, in groups.

mod body;
mod rows;

use jiff::SignedDuration;
use lambda_http::Request;
use shared::api::{self, Cursors, OrderRow, Reply, Route, SealedList};
use shared::call::Call;
use shared::domain::{Faults, Json, explain};
use shared::error::Error;
use shared::orders::{AttentionGroup, AttentionRows, Orders};
use shared::store::OrderQuery;

use body::ListQuery;
use rows::{Group, GroupRow};

/// What the lists are made with.
#[derive(Debug)]
pub struct Lists {
    /// The orders.
    pub orders: Orders,
    /// What seals the tokens of pages.
    pub cursors: Cursors,
    /// How long an order that was sent is overdue before it counts as stuck.
    pub stuck_after: SignedDuration,
}

/// Lists a page of orders, or what needs attention.
pub async fn handle(lists: &Lists, call: &Call, route: Route, request: &Request) -> Result<Reply, Error> {
    if route == Route::ListAttention {
        return attention(lists, call, &api::json_if_any(request)?).await;
    }
    let query = ListQuery::read(&api::json(request)?).map_err(Error::Invalid)?;
    let list = SealedList { call, route, filters: query.filters() };
    let range = query.page.range(&lists.cursors, &list).await?;
    let selection = query.selection().ok_or_else(|| Error::Invalid(Faults::default()))?;
    let page = lists.orders.list(call, OrderQuery { selection, range }).await?;
    let next = lists.cursors.seal(page.after, &list).await?;
    Ok(Reply::success(page.entries.into_iter().map(OrderRow::from).collect::<Vec<_>>()).next_token(next))
}

async fn attention(lists: &Lists, call: &Call, body: &Json) -> Result<Reply, Error> {
    let limit = body::read_limit(body).map_err(Error::Invalid)?;
    let limit = usize::try_from(limit.get()).unwrap_or(usize::MAX);
    let groups = lists.orders.attention(call, limit, lists.stuck_after).await?;
    Ok(Reply::success(groups.into_iter().map(|group| shown(group, call)).collect::<Vec<_>>()))
}

fn shown(group: AttentionGroup, call: &Call) -> Group {
    let rows = match group.rows {
        AttentionRows::Orders(orders) => {
            let row = |order| {
                let explanation = explain(&order, &call.tenant, call.now);
                GroupRow::order(order, explanation)
            };
            orders.into_iter().map(row).collect()
        }
        AttentionRows::Files(files) => files.into_iter().map(GroupRow::file).collect(),
    };
    Group { kind: rows::kind(group.kind), count: group.count, more: group.has_more, rows }
}
