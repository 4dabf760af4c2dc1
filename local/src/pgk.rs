//! The commands for files of kits.

use std::io::{self, BufWriter, IsTerminal, Write};

use local::check::{Verdict, check};
use local::sample::Sample;
use shared::clock::Clock;

use crate::args::{CheckArguments, SampleArguments};
use crate::failure::Failure;

/// Prints a file of kits.
pub fn sample_pgk(arguments: &SampleArguments) -> Result<(), Failure> {
    let mut progress = Progress::of(arguments.kits.into(), 10_000);
    let created = Clock::shifted(arguments.clock_offset).now();
    let sample = Sample { tenant: arguments.tenant.clone(), kits: arguments.kits, created };
    let mut out = BufWriter::new(io::stdout().lock());
    sample.write(&mut out, |kit| {
        if kit.is_multiple_of(4096) {
            progress.show(kit.into());
        }
    })?;
    progress.clear();
    Ok(out.flush()?)
}

/// Checks a file of kits, and prints the verdict.
pub fn check_pgk(arguments: &CheckArguments) -> Result<Verdict, Failure> {
    let path = &arguments.file;
    let unreadable = |source| Failure::Read { path: path.clone(), source };
    let mut progress = Progress::of(path.metadata().map_err(unreadable)?.len(), 4_000_000);
    let now = Clock::shifted(arguments.clock_offset).now();
    let mut out = io::stdout().lock();
    let verdict = check(path, arguments.tenant.clone(), now, &mut out, |bytes| progress.show(bytes));
    progress.clear();
    verdict.map_err(unreadable)
}

/// A percentage on a terminal, where the work takes a while.
struct Progress {
    total: u64,
    /// The last percentage; `None` shows nothing.
    percent: Option<u64>,
}

impl Progress {
    fn of(total: u64, total_min: u64) -> Self {
        let is_shown = io::stderr().is_terminal() && total >= total_min;
        Self { total, percent: is_shown.then_some(0) }
    }

    fn show(&mut self, done: u64) {
        let percent = done * 100 / self.total.max(1);
        if self.percent.is_some_and(|last| last != percent) {
            self.percent = Some(percent);
            tell(&format!("\r{percent:3} %"));
        }
    }

    fn clear(&self) {
        if self.percent.is_some() {
            tell("\r      \r");
        }
    }
}

/// Writes to the terminal. Work goes on where nobody sees how far it is.
fn tell(text: &str) {
    let mut terminal = io::stderr();
    let written = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
    drop(written);
}
