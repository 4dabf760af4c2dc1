//! `tenant plan-key`: the API key of API Gateway by which a usage plan limits a tenant.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use shared::domain::{PlanKey, TenantId};

use crate::confirm::confirm;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Shown;
use crate::settings::NOT_REGISTERED;

/// Longer than any key with the end of its line.
const FILE_BYTES_MAX: u64 = 256;

pub(crate) const HELP: &str = "\
Without a flag, says whether the tenant has one. Its value is never shown, and is no argument, since those are seen by others.
The authorizer uses it within six minutes. Example:
  cargo run -p admin -- tenant plan-key ACME_BANK -f key.txt
or, with nothing written down:
  aws apigateway get-api-key --api-key ID --include-value --query value --output text | \\
    cargo run -p admin -- --aws tenant plan-key ACME_BANK -f -";

#[derive(Debug, Args)]
pub(crate) struct PlanKeyArguments {
    /// The tenant's id
    #[arg(value_name = "TENANT", value_parser = TenantId::parse)]
    tenant: TenantId,
    /// A file that holds the key's value alone; - is standard input
    #[arg(short, long, value_name = "FILE", conflicts_with = "remove")]
    file: Option<PathBuf>,
    /// Take the key away
    #[arg(long)]
    remove: bool,
}

/// Whether a tenant has a key, as it is printed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanKeyReport {
    tenant: TenantId,
    has_plan_key: bool,
}

pub(crate) async fn run(context: &Context, arguments: PlanKeyArguments) -> Result<(), Failure> {
    let PlanKeyArguments { tenant, file, remove } = arguments;
    let key = file.as_deref().map(read).transpose()?;
    if context.target.store()?.latest_settings(&tenant).await?.is_none() {
        return Err(Failure::NotFound(NOT_REGISTERED));
    }
    if remove {
        let question =
            format!("Remove the key of {tenant}'s usage plan? A stage that asks for keys refuses its calls.");
        confirm(&context.flags, &question)?;
    }
    let credentials = context.target.credentials()?;
    let has_plan_key = if key.is_some() || remove {
        credentials.set_plan_key(&tenant, key.as_ref()).await?;
        key.is_some()
    } else {
        credentials.plan_key(&tenant).await?.is_some()
    };
    context.show(&PlanKeyReport { tenant, has_plan_key })
}

fn read(path: &Path) -> Result<PlanKey, Failure> {
    let unreadable = |source| Failure::Read { path: path.to_owned(), source };
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(unreadable)?)
    };
    let mut text = Vec::new();
    input.take(FILE_BYTES_MAX).read_to_end(&mut text).map_err(unreadable)?;
    PlanKey::parse(String::from_utf8_lossy(&text).trim()).map_err(|rule| Failure::Usage(format!("the key {rule}")))
}

impl Shown for PlanKeyReport {
    fn lines(&self) -> Vec<String> {
        let what = if self.has_plan_key { "has a key of a usage plan" } else { "has no key of a usage plan" };
        vec![format!("{} {what}", self.tenant)]
    }
}
