//! `POST /card-order/retry-stuck-pending`: resumes the orders that a worker did not finish.

use lambda_http::Request;
use shared::api::{self, Reply};
use shared::call::Call;
use shared::domain::read_nothing;
use shared::error::Error;
use shared::processing::Processing;

/// Resumes every stuck order of the tenant.
pub async fn handle(processing: &Processing, call: &Call, request: &Request) -> Result<Reply, Error> {
    read_nothing(&api::json_if_any(request)?).map_err(Error::Invalid)?;
    processing.worker(call).sweep_stuck().await?.log("stuck orders taken up");
    Ok(Reply::success(true))
}
