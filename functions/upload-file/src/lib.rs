//! `POST /card-order/uploadFile`: validates and stores a file of pre-generated kits. `POST /card-order/uploadTicket`: allows
//! a larger file to be sent to S3 directly.

use std::collections::BTreeMap;

use lambda_http::Request;
use serde::Serialize;
use shared::api::{self, Reply, Route};
use shared::call::Call;
use shared::domain::{FileStatus, UploadAnnouncement};
use shared::error::Error;
use shared::files::Files;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    file_name: String,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UploadTicket {
    url: String,
    fields: BTreeMap<&'static str, String>,
    /// RFC 3339, UTC.
    expires_at: String,
}

/// Stores the file in the body, or issues a ticket for one.
pub async fn handle(files: &Files, call: &Call, route: Route, request: &Request) -> Result<Reply, Error> {
    if route == Route::UploadTicket { ticket(files, call, request).await } else { upload(files, call, request).await }
}

async fn upload(files: &Files, call: &Call, request: &Request) -> Result<Reply, Error> {
    let upload = api::upload(request).await?;
    let file = files.upload(call, upload.name, upload.content).await?;
    if !file.is_replay && !call.is_dry_run {
        // A metric counts these lines, as those of ingest-file.
        tracing::info!(status = FileStatus::Valid.as_str(), "file settled");
    }
    let uploaded = Uploaded { file_name: file.name.to_string(), status: "success" };
    Ok(Reply::success(uploaded).replayed(file.is_replay))
}

async fn ticket(files: &Files, call: &Call, request: &Request) -> Result<Reply, Error> {
    let announced = UploadAnnouncement::read(&api::json(request)?).map_err(Error::Invalid)?;
    let Some(ticket) = files.ticket(call, &announced).await? else { return Ok(Reply::success("success")) };
    Ok(Reply::success(UploadTicket {
        url: ticket.url,
        fields: ticket.fields.into_iter().collect(),
        expires_at: ticket.expires_at.to_string(),
    }))
}
