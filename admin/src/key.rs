//! `key`: issues, lists and revokes API keys.

use clap::{Args, Subcommand};
use serde::Serialize;
use shared::domain::{ApiKey, KeyId, Principal, Scope, Scopes, StoredKey, TenantId};
use shared::store::{IssueOutcome, RevokeOutcome};

use crate::confirm::confirm;
use crate::context::{Context, note};
use crate::failure::Failure;
use crate::output::{Row, Shown};
use crate::settings::NOT_REGISTERED;

const RACED: Failure = Failure::Refused("another change of this principal's keys came first; try again");
const NO_SUCH_KEY: &str = "there is no such key";

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Issue a key, which is shown only once; a principal has at most two live keys, enough to rotate them
    #[command(
        after_help = "Example:\n  cargo run -p admin -- key issue --tenant ACME_BANK --principal maker@bank.example --scopes orders,read"
    )]
    Issue(IssueArguments),
    /// List the live keys of a tenant, without their secrets
    #[command(after_help = "Example:\n  cargo run -p admin -- key list --tenant ACME_BANK")]
    List(ListArguments),
    /// Revoke a key; it stops working within a minute
    #[command(after_help = "Example:\n  cargo run -p admin -- key revoke 0123456789Ab --yes")]
    Revoke(RevokeArguments),
}

#[derive(Debug, Args)]
pub(crate) struct IssueArguments {
    /// The tenant that the key speaks for
    #[arg(long, value_parser = TenantId::parse)]
    tenant: TenantId,
    /// Who uses it, a person or a program: the same as the `sub` of their JWT
    #[arg(long, value_parser = Principal::parse)]
    principal: Principal,
    /// What it allows, separated by commas: orders, read, operations, approvals
    #[arg(long, value_parser = scopes)]
    scopes: Scopes,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// The tenant
    #[arg(long, value_parser = TenantId::parse)]
    tenant: TenantId,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// The key's id, as `key list` shows it; not the key itself
    #[arg(value_parser = KeyId::parse)]
    id: KeyId,
}

/// A key as it is printed, with its secret only where it has just been made.
#[derive(Debug, Serialize)]
struct KeyReport {
    id: KeyId,
    tenant: TenantId,
    principal: Principal,
    scopes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

pub(crate) async fn run(context: &Context, command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Issue(arguments) => issue(context, arguments).await,
        KeyCommand::List(ListArguments { tenant }) => {
            if context.target.store()?.latest_settings(&tenant).await?.is_none() {
                return Err(Failure::NotFound(NOT_REGISTERED));
            }
            let mut keys = context.target.credentials()?.list(&tenant).await?;
            keys.sort_by(|one, other| (&one.principal, &one.id).cmp(&(&other.principal, &other.id)));
            context.show(keys.into_iter().map(KeyReport::from).collect::<Vec<_>>().as_slice())
        }
        KeyCommand::Revoke(RevokeArguments { id }) => revoke(context, &id).await,
    }
}

async fn issue(context: &Context, arguments: IssueArguments) -> Result<(), Failure> {
    let IssueArguments { tenant, principal, scopes } = arguments;
    if context.target.store()?.latest_settings(&tenant).await?.is_none() {
        return Err(Failure::NotFound(NOT_REGISTERED));
    }
    let key =
        ApiKey::generate().map_err(|error| Failure::Other(format!("the system gave no random numbers: {error}")))?;
    let stored = StoredKey { id: key.id.clone(), tenant, principal, scopes, hash: key.hash() };
    match context.target.credentials()?.issue(&stored, context.clock.now()).await? {
        IssueOutcome::Issued => {
            context.show(&KeyReport { key: Some(key.expose()), ..stored.into() })?;
            if context.rehearsal.has_held_back() { Ok(()) } else { note("this key is not shown again; store it now") }
        }
        IssueOutcome::TooMany => Err(Failure::Refused("the principal has two live keys; revoke one of them first")),
        IssueOutcome::Raced => Err(RACED),
    }
}

async fn revoke(context: &Context, id: &KeyId) -> Result<(), Failure> {
    let credentials = context.target.credentials()?;
    let key = credentials.find_any(id).await?.ok_or(Failure::NotFound(NO_SUCH_KEY))?;
    confirm(&context.flags, &format!("Revoke key {id} of {}, tenant {}?", key.principal, key.tenant))?;
    match credentials.revoke(id, context.clock.now()).await? {
        RevokeOutcome::Revoked => context.show(&KeyReport::from(key)),
        RevokeOutcome::RevokedBefore => {
            note("the key was revoked before")?;
            context.show(&KeyReport::from(key))
        }
        RevokeOutcome::NotFound => Err(Failure::NotFound(NO_SUCH_KEY)),
        RevokeOutcome::Raced => Err(RACED),
    }
}

impl From<StoredKey> for KeyReport {
    fn from(key: StoredKey) -> Self {
        Self { id: key.id, tenant: key.tenant, principal: key.principal, scopes: key.scopes.names(), key: None }
    }
}

impl Row for KeyReport {
    const COLUMNS: &'static [&'static str] = &["ID", "TENANT", "PRINCIPAL", "SCOPES"];

    fn cells(&self) -> Vec<String> {
        vec![self.id.to_string(), self.tenant.to_string(), self.principal.to_string(), self.scopes.join(",")]
    }
}

impl Shown for KeyReport {
    fn lines(&self) -> Vec<String> {
        let key = self.key.as_ref().map(|key| ("key", key.clone()));
        let known = [
            ("id", self.id.to_string()),
            ("tenant", self.tenant.to_string()),
            ("principal", self.principal.to_string()),
            ("scopes", self.scopes.join(",")),
        ];
        known.into_iter().chain(key).map(|(name, value)| format!("{name:<10} {value}")).collect()
    }
}

fn scopes(text: &str) -> Result<Scopes, String> {
    let names = || Scope::ALL.map(Scope::as_str).join(", ");
    Scopes::named(text.split(',')).ok_or_else(|| format!("must be some of {}, separated by commas", names()))
}
