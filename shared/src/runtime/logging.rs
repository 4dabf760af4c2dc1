//! Logs: our own events only, and no card number in any of them.

use std::io::IsTerminal;

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, Registry};

use crate::api::{ANSWERED, Route};

use super::json_lines::JsonLines;
use super::masked::Masked;

/// Our crates, but for the functions that have a route. Others log requests and bodies at their lower levels, so only their
/// errors are let through.
const OURS: [&str; 7] = ["shared", "local", "admin", "authorize", "ingest_file", "dispatch_due", "work_due"];

/// Starts logging to standard error, as JSON; the variable `LOG_LEVEL` sets the level of our own events.
pub fn init_tracing() {
    init(JsonLines(Masked), targets);
}

/// Starts logging to standard error as people like to read it, for the local stack, whose gateway has a line of its own for
/// each call.
pub fn init_tracing_for_people() {
    let has_colours = std::io::stderr().is_terminal();
    let lines =
        tracing_subscriber::fmt::layer().compact().with_ansi(has_colours).with_target(false).with_writer(Masked);
    init(lines, |level| targets(level).with_target(ANSWERED, LevelFilter::WARN));
}

fn init(lines: impl Layer<Registry> + Send + Sync, targets: fn(Level) -> Targets) {
    #[expect(clippy::disallowed_methods, reason = "the level is needed before the settings are read")]
    let level = std::env::var("LOG_LEVEL").ok().and_then(|level| level.parse().ok()).unwrap_or(Level::INFO);
    // What a panic says may hold what was sent: only its place is logged.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
    // A second call finds the first one's subscriber in place, which serves as well.
    if tracing_subscriber::registry().with(lines.with_filter(targets(level))).try_init().is_err() {
        tracing::debug!("logging had been started before");
    }
}

/// Which events are let through.
#[must_use]
pub fn targets(level: Level) -> Targets {
    let routed = Route::ALL.into_iter().map(|route| route.function().name().replace('-', "_"));
    let ours = OURS.into_iter().map(str::to_owned).chain(routed);
    ours.fold(Targets::new().with_default(LevelFilter::ERROR), |targets, name| targets.with_target(name, level))
}
