//! `cargo run`: the whole service on this machine.

mod args;
mod banner;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget};
use local::check::{Verdict, check};
use local::config::StackError;
use local::sample::Sample;
use local::stack::Stack;
use shared::clock::Clock;
use shared::runtime::init_tracing_for_people;

use args::{Arguments, CheckArguments, Command, SampleArguments, ServeArguments};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    #[error("cannot read {}: {source}", path.display())]
    Read { path: std::path::PathBuf, source: io::Error },
}

#[tokio::main]
async fn main() -> ExitCode {
    init_tracing_for_people();
    let done = match Arguments::parse().command() {
        Command::Serve(arguments) => serve(arguments).await,
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
    let started = std::time::Instant::now();
    let stack = Stack::start(arguments.options()).await?;
    banner::print(&mut anstream::stdout(), &stack, &arguments, started.elapsed())?;
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

fn sample_pgk(arguments: &SampleArguments) -> Result<(), Failure> {
    let bar = progress_bar(arguments.kits.into(), 10_000);
    let created = Clock::shifted(arguments.clock_offset).now();
    let sample = Sample { tenant: arguments.tenant.clone(), kits: arguments.kits, created };
    let mut out = BufWriter::new(io::stdout().lock());
    sample.write(&mut out, |kit| {
        if kit.is_multiple_of(4096) {
            bar.set_position(kit.into());
        }
    })?;
    bar.finish_and_clear();
    Ok(out.flush()?)
}

fn check_pgk(arguments: &CheckArguments) -> Result<Verdict, Failure> {
    let path = &arguments.file;
    let unreadable = |source| Failure::Read { path: path.clone(), source };
    let bar = progress_bar(path.metadata().map_err(unreadable)?.len(), 4_000_000);
    let now = Clock::shifted(arguments.clock_offset).now();
    let mut out = io::stdout().lock();
    let verdict = check(path, arguments.tenant.clone(), now, &mut out, |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    verdict.map_err(unreadable)
}

/// Returns a bar on a terminal, hidden where the work is short.
fn progress_bar(length: u64, length_min: u64) -> ProgressBar {
    if io::stderr().is_terminal() && length >= length_min {
        ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr())
    } else {
        ProgressBar::hidden()
    }
}
