//! `cargo run`: the whole service on this machine.

mod args;
mod banner;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget};
use local::sample::Sample;
use local::stack::{Stack, StackError};
use shared::clock::Clock;
use shared::runtime::init_tracing_for_people;

use args::{Arguments, Command, SampleArguments, ServeArguments};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    init_tracing_for_people();
    let done = match Arguments::parse().command() {
        Command::Serve(arguments) => serve(arguments).await,
        Command::SamplePgk(arguments) => sample_pgk(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads from us may stop reading.
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            // If standard error is gone too, there is nobody to tell.
            let told = writeln!(io::stderr(), "error: {failure}");
            drop(told);
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

/// Ctrl-C, or a polite kill.
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
        // Without a signal to wait for, the stack runs until it is killed, which loses nothing either.
        std::future::pending::<()>().await;
    }
}

fn sample_pgk(arguments: &SampleArguments) -> Result<(), Failure> {
    let bar = if io::stderr().is_terminal() && arguments.kits >= 10_000 {
        ProgressBar::with_draw_target(Some(arguments.kits.into()), ProgressDrawTarget::stderr())
    } else {
        ProgressBar::hidden()
    };
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
