//! The command line.

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Parser, Subcommand};

use crate::console::ConsoleArguments;
use crate::doctor::DoctorArguments;
use crate::flags::GlobalArguments;
use crate::key::KeyCommand;
use crate::orders::OrdersCommand;
use crate::products::ProductsCommand;
use crate::tenant::TenantCommand;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused by a condition.
Example:
  cargo run -p admin -- tenant list --json";

/// Administer the card-order service: a local stack, or an AWS account with --aws
#[derive(Debug, Parser)]
#[command(name = "admin", styles = STYLES, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) flags: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Register, change and show tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Set the products that a tenant may order
    #[command(subcommand)]
    Products(ProductsCommand),
    /// Issue, list and revoke API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// List and export orders
    #[command(subcommand)]
    Orders(OrdersCommand),
    /// Check every part of a deployment; exit with 1 if one fails
    Doctor(DoctorArguments),
    /// Serve the operator's page on this machine, in front of a deployed API
    Console(ConsoleArguments),
}
