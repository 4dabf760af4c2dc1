//! `POST /card-order/fetchFile`: says what became of an uploaded file.

use lambda_http::{Body, Request, Response};
use serde::Serialize;
use shared::api::{self, Reply};
use shared::domain::{FileQuery, FileStatus, Group, KitFile, MisplacedDrop, NamedFile};
use shared::error::{Error, FileProblem};
use shared::runtime::App;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileAnswer {
    file_name: String,
    status: &'static str,
    details: u32,
    products: Vec<ProductGroup>,
    faults: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductGroup {
    product_id: String,
    bin: String,
    plastic_code: String,
    pan_length: u32,
    quantity: u32,
}

/// Answers one request.
#[tracing::instrument(level = "error", name = "fetch-file", skip_all, fields(request.id = api::request_id(&request), tenant))]
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    api::respond(&request, fetch(app, &request).await)
}

async fn fetch(app: &App, request: &Request) -> Result<Reply<FileAnswer>, Error> {
    let tenant = app.tenant(request).await?;
    let query = FileQuery::read(&api::json(request)?).map_err(Error::Invalid)?;
    let found = match &query.file {
        NamedFile::File(name) => app.store.file(&tenant.id, name).await?.map(file_status),
        NamedFile::Drop(name) => app.store.misplaced(&tenant.id, name).await?.map(drop_status),
    };
    found.map(Reply::ok).ok_or(Error::FileUnusable(FileProblem::Missing))
}

fn drop_status(drop: MisplacedDrop) -> FileAnswer {
    FileAnswer {
        file_name: drop.name.to_string(),
        status: FileStatus::Invalid.as_str(),
        details: 0,
        products: Vec::new(),
        faults: vec![drop.fault],
    }
}

fn file_status(file: KitFile) -> FileAnswer {
    let product = |group: Group| ProductGroup {
        product_id: group.product_id.to_string(),
        bin: group.bin.number().to_string(),
        plastic_code: group.plastic_code.to_string(),
        pan_length: group.pan_length.get(),
        quantity: group.quantity,
    };
    FileAnswer {
        file_name: file.name.to_string(),
        status: file.status.as_str(),
        details: file.details,
        products: file.groups.into_iter().map(product).collect(),
        faults: file.faults,
    }
}
