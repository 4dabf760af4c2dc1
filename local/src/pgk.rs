//! The commands for files of kits.

use std::io::{self, BufWriter, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget};
use local::check::{Verdict, check};
use local::sample::Sample;
use shared::clock::Clock;

use crate::args::{CheckArguments, SampleArguments};
use crate::failure::Failure;

/// Prints a file of kits.
pub fn sample_pgk(arguments: &SampleArguments) -> Result<(), Failure> {
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

/// Checks a file of kits, and prints the verdict.
pub fn check_pgk(arguments: &CheckArguments) -> Result<Verdict, Failure> {
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
