//! `POST /card-order/fetchFile`: returns the verdict on an uploaded file. `POST /card-order/listFiles`: lists files, newest
//! first. `POST /card-order/fetchKit`: returns the file that contains a kit, and the order that uses the file.

mod body;

use lambda_http::Request;
use serde::Serialize;
use shared::api::{self, Cursors, FileRow, Reply, Route, SealedList};
use shared::call::Call;
use shared::domain::{FileStatus, Json, KitFile, KitGroup, MisplacedDrop, read_single};
use shared::error::{Error, FileProblem};
use shared::files::{FileSearch, Whereabouts};
use shared::pgk::KitNo;
use shared::store::FileQuery;

use body::{FilesQuery, NamedFile};

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KitAnswer {
    kit_no: String,
    file_name: String,
    file_status: &'static str,
    card_order_id: Option<String>,
    branch_id: Option<String>,
    status: Option<&'static str>,
}

/// Looks up the file or the kit that the body names, or lists files.
pub async fn handle(
    files: &FileSearch,
    cursors: &Cursors,
    call: &Call,
    route: Route,
    request: &Request,
) -> Result<Reply, Error> {
    if route == Route::ListFiles {
        return list(files, cursors, call, &api::json_if_any(request)?).await;
    }
    let body = api::json(request)?;
    if route == Route::FetchKit {
        let kit = read_single(&body, "kitNo").map_err(Error::Invalid)?;
        return Ok(Reply::success(kit_answer(kit, files.find_kit(call, kit).await?)));
    }
    let found = match read_single(&body, "fileName").map_err(Error::Invalid)? {
        NamedFile::File(name) => files.find(call, &name).await?.map(file_answer),
        NamedFile::Drop(name) => files.find_misplaced(call, &name).await?.map(drop_answer),
        NamedFile::Impossible => None,
    };
    found.map(Reply::success).ok_or(Error::FileUnusable(FileProblem::Missing))
}

async fn list(files: &FileSearch, cursors: &Cursors, call: &Call, body: &Json) -> Result<Reply, Error> {
    let query = FilesQuery::read(body).map_err(Error::Invalid)?;
    let list = SealedList { call, route: Route::ListFiles, filters: query.filters() };
    let range = query.page.range(cursors, &list).await?;
    let page = files.list(call, FileQuery { status: query.status, range }).await?;
    let next = cursors.seal(page.after, &list).await?;
    Ok(Reply::success(page.entries.into_iter().map(FileRow::from).collect::<Vec<_>>()).next_token(next))
}

fn kit_answer(kit: KitNo, found: Whereabouts) -> KitAnswer {
    let (id, order) = found.order.unzip();
    let order = order.flatten();
    KitAnswer {
        kit_no: kit.to_string(),
        file_name: found.file.name.to_string(),
        file_status: found.file.status.as_str(),
        card_order_id: id.map(|id| id.to_string()),
        branch_id: order.as_ref().map(|order| order.branch.to_string()),
        status: order.map(|order| order.status.as_str()),
    }
}

fn drop_answer(drop: MisplacedDrop) -> FileAnswer {
    FileAnswer {
        file_name: drop.name.to_string(),
        status: FileStatus::Invalid.as_str(),
        details: 0,
        products: Vec::new(),
        faults: vec![drop.fault],
    }
}

fn file_answer(file: KitFile) -> FileAnswer {
    let product = |group: KitGroup| ProductGroup {
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
