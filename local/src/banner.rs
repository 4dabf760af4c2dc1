//! What `cargo run` prints: where each part listens, and commands to try.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use local::config::{BUCKET, CREDENTIAL, TABLE, TENANTS};
use local::stack::Stack;
use shared::clock::Clock;

use crate::args::ServeArguments;

const TITLE: Style = Style::new().bold();
const NAME: Style = AnsiColor::Cyan.on_default();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = Style::new().dimmed();

/// Prints the start-up text; a writer of `anstream` leaves out the colours where there is no terminal.
pub fn print(out: &mut impl Write, stack: &Stack, arguments: &ServeArguments, took: Duration) -> io::Result<()> {
    let options = arguments.options();
    let gateway = format!("http://{}/v1", stack.gateway);
    let data = options.data.as_ref().map_or_else(|| "not kept".to_owned(), |data| data.display().to_string());
    let cms = match &arguments.cms_url {
        Some(url) => format!("{url}  (the simulator on http://{} is not used)", stack.cms),
        None => format!("http://{}  a simulator; its ledger: /simulator/ledger", stack.cms),
    };
    let tick = match arguments.tick_seconds() {
        0 => "never: due orders wait for POST /card-order/process".to_owned(),
        seconds => format!("due orders are sent to the CMS every {seconds} s"),
    };
    let callers = if arguments.authorize {
        "each needs a key: cargo run -p admin -- key issue --help"
    } else {
        "anybody: the header tenant alone decides, x-user says who it is"
    };
    let tenants = TENANTS.map(|(tenant, _)| tenant).join(", ");
    writeln!(out, "{TITLE}Card orders{TITLE:#} {QUIET}ready in {} ms{QUIET:#}\n", took.as_millis())?;
    for (name, value) in [
        ("gateway", gateway.clone()),
        ("console", format!("http://{}/console/", stack.gateway)),
        ("docs", format!("http://{}/docs", stack.gateway)),
        ("dynamodb", format!("http://{}  table {TABLE}", stack.dynamodb)),
        ("s3", format!("http://{}  bucket {BUCKET}, credentials {CREDENTIAL} / {CREDENTIAL}", stack.s3)),
        ("cms", cms),
        ("tick", tick),
        ("tenants", tenants),
        ("callers", callers.to_owned()),
        ("data", data),
    ] {
        writeln!(out, "  {NAME}{name:<9}{NAME:#} {value}")?;
    }
    if !arguments.clock_offset.is_zero() {
        writeln!(out, "  {NAME}{:<9}{NAME:#} {}", "clock", Clock::shifted(arguments.clock_offset).now())?;
    }
    if !arguments.authorize && !stack.gateway.ip().is_loopback() {
        writeln!(
            out,
            "\n  {WARNING}The gateway can be reached from outside and asks nobody for a key; add --authorize{WARNING:#}"
        )?;
    }
    let credential = if arguments.authorize { " -H \"authorization: Bearer $CARD_ORDERS_KEY\"" } else { "" };
    writeln!(out, "\n{TITLE}Place an order{TITLE:#}\n")?;
    writeln!(
        out,
        "  curl -i {gateway}/card-order{credential} -H 'tenant: ACME_BANK' -H 'content-type: application/json' \\\n    \
         -d '{{\"branchInfo\":{{\"branchId\":\"12345\"}},\"products\":[{{\"productId\":\"01\",\"bin\":\"87654322\",\"quantity\":5}}]}}'"
    )?;
    writeln!(out, "\n{TITLE}Drop a file of kits as a partner would, and ask what became of it{TITLE:#}\n")?;
    writeln!(
        out,
        "  cargo run -q -- sample-pgk --kits 1000 > kits.txt\n  \
         curl -i -T kits.txt --user {CREDENTIAL}:{CREDENTIAL} --aws-sigv4 aws:amz:us-east-1:s3 \\\n    \
         -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' http://{}/{BUCKET}/t/ACME_BANK/inbox/kits.txt\n  \
         curl -s {gateway}/card-order/fetchFile{credential} -H 'tenant: ACME_BANK' -H 'content-type: application/json' \\\n    \
         -d '{{\"fileName\":\"kits.txt\"}}'",
        stack.s3
    )?;
    writeln!(out, "\n{QUIET}Ctrl-C stops the stack; nothing that was answered is lost. Logs follow.{QUIET:#}\n")?;
    out.flush()
}

/// Prints that the stack is stopping.
pub fn print_stopping(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{QUIET}stopping{QUIET:#}")?;
    out.flush()
}
