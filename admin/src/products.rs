//! `products`: sets the products that a tenant may order.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use shared::domain::{ConfiguredProduct, Faults, Json, PlasticCode, ProductId, ProductList, SettingsChange, TenantId};

use crate::context::{Context, note};
use crate::failure::Failure;
use crate::output::Row;
use crate::settings::{NOT_REGISTERED, write_change};

const FILE_BYTES_MAX: u64 = 1024 * 1024;

const SET_HELP: &str = "\
FILE holds a JSON list, which replaces the tenant's list; an empty one allows any product:
  [{\"productId\": \"PROD-001\", \"bin\": \"60804012\", \"plasticCodes\": [\"71\", \"72\"]},
   {\"productId\": \"PROD-002\", \"bin\": \"608040\"}]
Without plasticCodes, any plastic may be ordered. A file with faults is wrong usage (exit code 2); all of them are listed.
Example:
  cargo run -p admin -- products set ACME_BANK -f products.json";

#[derive(Debug, Subcommand)]
pub(crate) enum ProductsCommand {
    /// Replace the list of products that a tenant may order; functions see it within a minute
    #[command(after_help = SET_HELP)]
    Set(ListFile),
}

#[derive(Debug, Args)]
pub(crate) struct ListFile {
    /// The tenant's id
    #[arg(value_name = "TENANT", value_parser = TenantId::parse)]
    tenant: TenantId,
    /// The list, as JSON; - is standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
}

/// A product as it is printed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductReport {
    product_id: ProductId,
    bin: String,
    plastic_codes: Vec<PlasticCode>,
}

pub(crate) async fn run(context: &Context, command: ProductsCommand) -> Result<(), Failure> {
    let ProductsCommand::Set(ListFile { tenant, file }) = command;
    let products = Some(read_list(&file)?);
    write_change(context, &tenant, &SettingsChange { products, ..SettingsChange::default() }).await?;
    if context.rehearsal.has_held_back() {
        return Ok(());
    }
    let settings = context.target.store()?.latest_settings(&tenant).await?;
    let products = settings.ok_or(Failure::NotFound(NOT_REGISTERED))?.products;
    if products.is_empty() {
        note("the list is empty: any product may be ordered")?;
    }
    context.show(products.into_iter().map(ProductReport::from).collect::<Vec<_>>().as_slice())
}

fn read_list(path: &Path) -> Result<ProductList, Failure> {
    let faulty = |faults| Failure::Faulty { path: path.to_owned(), faults };
    let document = read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    if u64::try_from(document.len()).is_ok_and(|bytes| bytes > FILE_BYTES_MAX) {
        return Err(faulty(Faults::one(format!("the document must have at most {FILE_BYTES_MAX} bytes"))));
    }
    let json =
        Json::parse(&document).map_err(|fault| faulty(Faults::one(fault.replacen("body", "the document", 1))))?;
    ProductList::read(&json).map_err(faulty)
}

/// Reads a file, or a little more than is allowed of one that is too large.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let input: Box<dyn Read> =
        if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(path)?) };
    let mut document = Vec::new();
    input.take(FILE_BYTES_MAX + 1).read_to_end(&mut document)?;
    Ok(document)
}

impl From<ConfiguredProduct> for ProductReport {
    fn from(product: ConfiguredProduct) -> Self {
        let ConfiguredProduct { product_id, bin, plastic_codes } = product;
        Self { product_id, bin: bin.number().to_string(), plastic_codes }
    }
}

impl Row for ProductReport {
    const COLUMNS: &'static [&'static str] = &["PRODUCT", "BIN", "PLASTICS"];

    fn cells(&self) -> Vec<String> {
        let codes: Vec<_> = self.plastic_codes.iter().map(PlasticCode::as_str).collect();
        let plastics = if codes.is_empty() { "any".to_owned() } else { codes.join(" ") };
        vec![self.product_id.to_string(), self.bin.clone(), plastics]
    }
}
