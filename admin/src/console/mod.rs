//! `console`: serves the operator's page on loopback, and forwards its calls to a deployed API with the operator's key,
//! which the browser never sees.

mod base_url;
mod forward;
mod guard;
mod server;

use std::net::SocketAddr;

use clap::Args;
use serde::Serialize;
use shared::domain::{RuleError, TenantId};

use crate::context::{Context, note};
use crate::environment::variable;
use crate::failure::Failure;
use crate::output::Shown;
use base_url::BaseUrl;
use forward::Forwarder;
use guard::Guard;
use server::Server;

const KEY_VARIABLE: &str = "CARD_ORDERS_KEY";

const HELP: &str = "\
The key, or a token, comes from the variable CARD_ORDERS_KEY. While it runs, whoever can connect to loopback on this machine
can use the API with it; other web pages can't. Ctrl-C ends it.
Example:
  cargo run -p admin -- console --url https://abc123.execute-api.eu-central-1.amazonaws.com/v1 --tenant ACME_BANK";

/// What the command is given.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ConsoleArguments {
    /// The API, as the stack's output `ApiUrl` shows it; https, or http on loopback
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse)]
    url: BaseUrl,
    /// The tenant that the key speaks for
    #[arg(long, value_parser = TenantId::parse)]
    tenant: TenantId,
    /// Where to serve the page: an address of loopback
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3100", value_parser = loopback)]
    listen: SocketAddr,
}

/// Where the page is.
#[derive(Debug, Serialize)]
struct ConsoleReport {
    url: String,
}

impl Shown for ConsoleReport {
    fn lines(&self) -> Vec<String> {
        vec![self.url.clone()]
    }
}

/// Serves until it is interrupted.
pub(crate) async fn run(context: &Context, arguments: ConsoleArguments) -> Result<(), Failure> {
    let ConsoleArguments { url, tenant, listen } = arguments;
    let missing = || Failure::Usage(format!("the variable {KEY_VARIABLE} must hold the key"));
    let forwarder = Forwarder::new(url, tenant, &variable(KEY_VARIABLE).ok_or_else(missing)?).ok_or_else(missing)?;
    let cannot = |error| Failure::Other(format!("cannot listen on {listen}: {error}; choose another with --listen"));
    let socket = tokio::net::TcpListener::bind(listen).await.map_err(cannot)?;
    let address = socket.local_addr().map_err(cannot)?;
    let token = new_token()?;
    context.show(&ConsoleReport { url: format!("http://{address}/console/") })?;
    note("Ctrl-C ends it")?;
    let server = Server { guard: Guard::new(address, token), forwarder };
    tokio::select! {
        () = server.serve(socket) => Ok(()),
        stopped = tokio::signal::ctrl_c() => stopped.map_err(|error| Failure::Other(format!("no signals: {error}"))),
    }
}

/// A token for this start: 256 random bits.
fn new_token() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    let failed = |error| Failure::Other(format!("the system gave no random numbers: {error}"));
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(hex::encode(bytes))
}

fn loopback(text: &str) -> Result<SocketAddr, RuleError> {
    let address = text.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback());
    address.ok_or(RuleError("must be an address of loopback with a port, such as 127.0.0.1:3100"))
}
