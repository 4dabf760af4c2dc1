//! The administrator's commands: `args.rs` reads the command line, `target.rs` opens what it is about (the local stack or an
//! account), a module per command does it, and `output.rs` prints what came of it. Data goes to standard output, all else
//! to standard error.

mod account;
mod args;
mod confirm;
mod console;
mod context;
mod doctor;
mod environment;
mod failure;
mod flags;
mod key;
mod orders;
mod output;
mod plan_key;
mod products;
mod rehearsal;
mod settings;
mod signed;
mod stack;
mod target;
mod tenant;
mod usage;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use context::Context;
use failure::Failure;
use rehearsal::Rehearsal;
use target::Target;

/// Runs one command.
pub async fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    shared::runtime::init_tracing_for_people();
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage::explain(&error),
    };
    match execute(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            // If standard error is closed too, the exit code has to do.
            let written = write!(std::io::stderr(), "{}", failure.message());
            drop(written);
            failure.exit_code()
        }
    }
}

async fn execute(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { flags, command } = arguments;
    let rehearsal = Rehearsal::new(&flags);
    let target = Target::open(&flags, &rehearsal)?;
    let context = Context { target, rehearsal, flags, clock: environment::clock()? };
    let done = match command {
        Command::Tenant(command) => tenant::run(&context, command).await,
        Command::Products(command) => products::run(&context, command).await,
        Command::Key(command) => key::run(&context, command).await,
        Command::Orders(command) => orders::run(&context, command).await,
        Command::Doctor(arguments) => doctor::run(&context, arguments).await,
        Command::Console(arguments) => console::run(&context, arguments).await,
    };
    if context.flags.aws { done } else { done.map_err(Failure::of_local_stack) }
}
