//! `POST /card-order/uploadFile`: validates and keeps a file of pre-generated kits.

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::api::{self, Reply};
use shared::error::Error;
use shared::files::{self, Places};
use shared::runtime::App;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    file_name: String,
    status: &'static str,
}

/// Answers one request.
#[tracing::instrument(level = "error", name = "upload-file", skip_all, fields(request.id = api::request_id(&request), tenant))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    api::respond(&request, upload(app, &request).await)
}

async fn upload(app: &App, request: &Request) -> Result<Reply<Uploaded>, Error> {
    let tenant = app.tenant(request).await?;
    let call = app.call("upload-file", request, api::dry_run(request)?);
    let upload = api::upload(request).await?;
    let places = Places { store: &app.store, bucket: &app.bucket, clock: &app.clock };
    let file = files::upload(places, &tenant.id, upload.name, upload.content, &call).await?;
    let uploaded = Uploaded { file_name: file.name.to_string(), status: "success" };
    Ok(Reply::ok(uploaded).replayed(file.is_replay).dry_run(call.is_dry_run))
}
