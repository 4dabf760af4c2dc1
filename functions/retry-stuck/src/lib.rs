//! `POST /card-order/retry-stuck-pending`: takes up the orders that were left in the middle.

use lambda_http::{Body, Request, Response};
use shared::api::{self, Reply, TimeLeft};
use shared::domain::read_nothing;
use shared::error::Error;
use shared::runtime::App;

/// Answers one request.
#[tracing::instrument(level = "error", name = "retry-stuck", skip_all, fields(request.id = api::request_id(&request), tenant))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    api::respond(&request, retry(app, &request).await)
}

async fn retry(app: &App, request: &Request) -> Result<Reply<bool>, Error> {
    let time = TimeLeft::start();
    let tenant = app.tenant(request).await?;
    api::no_dry_run(request)?;
    read_nothing(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    let worker = app.worker("retry-stuck", api::request_id(request))?;
    worker.sweep_stuck(&tenant, &|| time.is_left()).await?.tell("stuck orders taken up");
    Ok(Reply::ok(true))
}
