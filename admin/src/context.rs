//! What every command works with, and how it speaks.

use std::io::{self, Write};

use shared::clock::Clock;

use crate::failure::Failure;
use crate::flags::GlobalArguments;
use crate::output::Shown;
use crate::rehearsal::Rehearsal;
use crate::target::Target;

/// What a command works with.
pub(crate) struct Context {
    pub(crate) target: Target,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) flags: GlobalArguments,
    pub(crate) clock: Clock,
}

impl Context {
    /// Prints a result, unless what it would follow from was only rehearsed.
    pub(crate) fn show<T: Shown + ?Sized>(&self, value: &T) -> Result<(), Failure> {
        if self.rehearsal.has_held_back() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        if self.flags.json {
            let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
            writeln!(out, "{text}")?;
        } else {
            for line in value.lines() {
                // What the table holds was checked, but not by everyone who can write to it.
                writeln!(out, "{}", line.replace(char::is_control, " "))?;
            }
        }
        Ok(())
    }
}

/// Says something on standard error.
pub(crate) fn note(text: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stderr(), "{text}")?)
}
