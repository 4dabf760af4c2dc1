//! The flags of every command.

use clap::Args;

/// The flags of every command, which may stand before it or after it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct GlobalArguments {
    /// Where the store of a local stack listens [default: 127.0.0.1:8000, as for `cargo run`]
    #[arg(long, global = true, value_name = "URL", value_parser = endpoint)]
    pub(crate) endpoint: Option<String>,
    /// Use an AWS account, with the credentials that the AWS CLI would use
    #[arg(long, global = true)]
    pub(crate) aws: bool,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print what would be written, exactly as it would be sent, and write nothing
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// With --aws: a profile of the AWS CLI
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// With --aws: the region
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The table of orders [default with --aws: the variable `TABLE_NAME`]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// The table of tenants [default with --aws: the variable `TENANTS_TABLE_NAME`]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) tenants_table: Option<String>,
    /// The table of keys [default with --aws: the variable `KEYS_TABLE_NAME`]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) keys_table: Option<String>,
}

fn endpoint(text: &str) -> Result<String, &'static str> {
    const RULE: &str = "must be an http or https URL without a path, such as http://127.0.0.1:8000";
    let text = text.strip_suffix('/').unwrap_or(text);
    let authority = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).ok_or(RULE)?;
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    if authority.is_empty() || !authority.chars().all(is_host) { Err(RULE) } else { Ok(text.to_owned()) }
}
