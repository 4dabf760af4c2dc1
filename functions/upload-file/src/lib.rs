//! `POST /card-order/uploadFile`: validates and keeps a file of pre-generated kits; `POST /card-order/uploadTicket`: lets a
//! larger one be sent to S3 directly.

use std::collections::BTreeMap;

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::api::{self, Reply};
use shared::domain::UploadAnnouncement;
use shared::error::Error;
use shared::files;
use shared::runtime::App;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    file_name: String,
    status: &'static str,
}

/// What an announced upload is answered with.
#[derive(Serialize)]
#[serde(untagged)]
enum Announced {
    Ticket(UploadTicket),
    /// A dry run gets no ticket.
    Rehearsed(&'static str),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UploadTicket {
    url: String,
    fields: BTreeMap<&'static str, String>,
    /// RFC 3339, UTC.
    expires_at: String,
}

/// Answers one request.
#[tracing::instrument(level = "error", name = "upload-file", skip_all, fields(request.id = api::request_id(&request), tenant))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    if request.uri().path().ends_with("/uploadTicket") {
        return api::respond(&request, ticket(app, &request).await);
    }
    api::respond(&request, upload(app, &request).await)
}

async fn upload(app: &App, request: &Request) -> Result<Reply<Uploaded>, Error> {
    let tenant = app.tenant(request).await?;
    let call = app.call("upload-file", request, api::dry_run(request)?);
    let upload = api::upload(request).await?;
    let file = files::upload(app.places(), &tenant.id, upload.name, upload.content, &call).await?;
    let uploaded = Uploaded { file_name: file.name.to_string(), status: "success" };
    Ok(Reply::ok(uploaded).replayed(file.is_replay).dry_run(call.is_dry_run))
}

async fn ticket(app: &App, request: &Request) -> Result<Reply<Announced>, Error> {
    let tenant = app.tenant(request).await?;
    let is_dry_run = api::dry_run(request)?;
    let announced = UploadAnnouncement::read(&api::json(request)?).map_err(Error::Invalid)?;
    files::check_name(app.places(), &tenant.id, &announced).await?;
    if is_dry_run {
        return Ok(Reply::ok(Announced::Rehearsed("success")).dry_run(is_dry_run));
    }
    let ticket = app.bucket.ticket(&tenant.id, &announced);
    Ok(Reply::ok(Announced::Ticket(UploadTicket {
        url: ticket.url,
        fields: ticket.fields.into_iter().collect(),
        expires_at: ticket.expires_at.to_string(),
    })))
}
