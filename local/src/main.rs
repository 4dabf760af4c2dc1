//! `cargo run`: the whole service on this machine.

mod args;
mod banner;
mod failure;
mod pgk;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use local::check::Verdict;
use local::demo::{DemoClock, play};
use local::stack::{Options, Stack};
use shared::runtime::init_tracing_for_people;

use args::{Arguments, Command, ServeArguments};
use failure::Failure;
use pgk::{check_pgk, sample_pgk};

#[tokio::main]
async fn main() -> ExitCode {
    let command = Arguments::parse().command();
    if !matches!(command, Command::Demo(_)) {
        init_tracing_for_people();
    }
    let done = match command {
        Command::Serve(arguments) => serve(arguments).await,
        Command::Demo(arguments) => demo(arguments).await,
        Command::SamplePgk(arguments) => sample_pgk(&arguments),
        Command::CheckPgk(arguments) => match check_pgk(&arguments) {
            Ok(Verdict::Invalid) => return ExitCode::FAILURE,
            checked => checked.map(|_| ()),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of a pipe may stop reading.
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            // If standard error is closed too, the exit code has to do.
            let written = writeln!(io::stderr(), "error: {failure}");
            drop(written);
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: ServeArguments) -> Result<(), Failure> {
    let started = Instant::now();
    let stack = Stack::start(arguments.options()).await?;
    run(stack, &arguments, started).await
}

async fn demo(arguments: ServeArguments) -> Result<(), Failure> {
    let started = Instant::now();
    let arguments = arguments.for_demo().map_err(Failure::DemoFlag)?;
    let options = arguments.options();
    let clock = DemoClock::before(options.clock.clone());
    let stack = Stack::start(Options { clock: clock.as_clock(), ..options }).await?;
    play(&stack, &clock).await?;
    // Only now: the story is no news.
    init_tracing_for_people();
    run(stack, &arguments, started).await
}

/// Serves until a signal comes.
async fn run(stack: Stack, arguments: &ServeArguments, started: Instant) -> Result<(), Failure> {
    banner::print(&mut anstream::stdout(), &stack, arguments, started.elapsed())?;
    stop_signal().await;
    banner::print_stopping(&mut anstream::stdout())?;
    stack.stop().await;
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals the stack runs until it is killed, which loses nothing either.
        std::future::pending::<()>().await;
    }
}
