//! `POST /card-order/fetchOrder`: returns a whole order, with an explanation of where it stands. `POST /card-order/caller`:
//! returns who the caller's credential stands for.

use lambda_http::Request;
use serde::Serialize;
use shared::api::{self, Reply, Route, WholeOrder};
use shared::call::Call;
use shared::domain::{Principal, explain, read_nothing, read_single};
use shared::error::Error;
use shared::orders::Orders;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallerAnswer<'a> {
    tenant: &'a str,
    display_name: &'a str,
    time_zone: &'a str,
    principal: Option<&'a Principal>,
    scopes: Vec<&'static str>,
    approval_above: Option<u32>,
}

/// Reads the order that the body names, or says who calls.
pub async fn handle(orders: &Orders, call: &Call, route: Route, request: &Request) -> Result<Reply, Error> {
    if route == Route::FetchCaller {
        read_nothing(&api::json_if_any(request)?).map_err(Error::Invalid)?;
        return Ok(Reply::success(caller(call)));
    }
    let id = read_single(&api::json(request)?, "cardOrderId").map_err(Error::Invalid)?;
    let (order, body) = orders.find_whole(call, &id).await?;
    let explanation = explain(&order, &call.tenant, call.now);
    Ok(Reply::success(WholeOrder::new(order, body.expose(), explanation)))
}

fn caller(call: &Call) -> CallerAnswer<'_> {
    let settings = &call.tenant.settings;
    CallerAnswer {
        tenant: call.tenant.id.as_str(),
        display_name: &settings.display_name,
        // A tenant's zone comes from its name.
        time_zone: settings.time_zone.iana_name().unwrap_or("UTC"),
        principal: call.principal.as_ref(),
        scopes: call.scopes.names(),
        approval_above: settings.approval_above,
    }
}
