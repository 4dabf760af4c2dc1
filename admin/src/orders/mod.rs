//! `orders`: lists and exports orders.

mod bound;
mod export;
mod list;
mod place;
mod walk;

use clap::{Args, Subcommand};
use shared::domain::{BranchId, Field, Json, RuleError, Status, Tenant, TenantId};
use shared::store::{CreationRange, Store};

use crate::context::Context;
use crate::failure::Failure;
use crate::settings::NOT_REGISTERED;
use bound::Bound;
use place::Place;

const LIST_HELP: &str = "\
With --branch: newest first, by creation. With --status: newest first, by when they got the status. With neither, and for
SUCCESS or CANCELLED without a branch: branch by branch, oldest first.
With neither it costs a scan of the index by creation (see `orders export --help`). Each order listed costs a read unit.
Example:
  cargo run -p admin -- orders list --tenant ACME_BANK --status FAILED --from 2026-01-01";

const EXPORT_HELP: &str = "\
Prints whole orders with their history, one JSON document per line: branch by branch, in the order of creation. Orders that
retention has removed are missing. Each order is printed as it is at the moment it is read.
Cost: one scan of the index by creation, of all tenants (a read unit per 50 orders or so: a million orders cost 20,000, half a
cent), and a read unit per 4 KB of each exported order, two for most. --from-token scans again, and continues from there.
Every 1,000 orders, and if it ends early, standard error shows the token to continue with; orders after it are printed again.
Example:
  cargo run -p admin -- orders export --tenant ACME_BANK --from 2026-01-01 --to 2026-03-31 > orders.jsonl";

#[derive(Debug, Subcommand)]
pub(crate) enum OrdersCommand {
    /// List orders
    #[command(after_help = LIST_HELP)]
    List(OrderListArguments),
    /// Export whole orders that were created between two dates
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArguments),
}

#[derive(Debug, Args)]
pub(crate) struct OrderListArguments {
    /// The tenant
    #[arg(long, value_parser = TenantId::parse)]
    tenant: TenantId,
    /// Only orders of this status: RECEIVED, PENDING, PROCESSED, SUCCESS, FAILED, CANCELLED or EXPIRED
    #[arg(long, value_parser = status)]
    status: Option<Status>,
    /// Only orders of this branch
    #[arg(long, value_parser = BranchId::parse)]
    branch: Option<BranchId>,
    /// From this date or instant on
    #[arg(long, value_name = "DATE", value_parser = Bound::parse)]
    from: Option<Bound>,
    /// Up to this date or instant, included
    #[arg(long, value_name = "DATE", value_parser = Bound::parse)]
    to: Option<Bound>,
    /// The most orders to list
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// Continue where an earlier list ended
    #[arg(long, value_name = "TOKEN", value_parser = Place::parse)]
    from_token: Option<Place>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The tenant
    #[arg(long, value_parser = TenantId::parse)]
    tenant: TenantId,
    /// From this date on, in the tenant's time zone; or an instant, such as 2026-01-01T00:00:00Z
    #[arg(long, value_name = "DATE", value_parser = Bound::parse)]
    from: Bound,
    /// Up to this date, included; or an instant
    #[arg(long, value_name = "DATE", value_parser = Bound::parse)]
    to: Bound,
    /// Continue where an earlier export ended
    #[arg(long, value_name = "TOKEN", value_parser = Place::parse)]
    from_token: Option<Place>,
}

pub(crate) async fn run(context: &Context, command: OrdersCommand) -> Result<(), Failure> {
    let store = context.target.store()?;
    match command {
        OrdersCommand::List(arguments) => list::run(context, &store, arguments).await,
        OrdersCommand::Export(arguments) => export::run(context, &store, arguments).await,
    }
}

/// Reads a tenant, disabled or not.
async fn find_tenant(store: &Store, id: TenantId) -> Result<Tenant, Failure> {
    let settings = store.latest_settings(&id).await?.ok_or(Failure::NotFound(NOT_REGISTERED))?;
    Ok(Tenant { id, settings })
}

/// Returns the instants that dates mean to a tenant.
fn range(tenant: &Tenant, from: Option<Bound>, to: Option<Bound>) -> Result<CreationRange, Failure> {
    let zone = &tenant.settings.time_zone;
    let range = CreationRange { from: from.map(|from| from.first(zone)), to: to.map(|to| to.last(zone)) };
    if range.from.zip(range.to).is_some_and(|(from, to)| to < from) {
        return Err(Failure::Usage("--to must not be before --from".to_owned()));
    }
    Ok(range)
}

fn status(text: &str) -> Result<Status, RuleError> {
    Status::read(&Json::Text(text.to_owned())).ok_or(RuleError(Status::RULE))
}
