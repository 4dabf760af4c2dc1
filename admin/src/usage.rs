//! What is said about a command line that cannot be read. clap repeats what it was given, which may be a key or a card
//! number pasted by mistake: here only the names of flags and commands are repeated.

use std::io::Write;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::USAGE;

/// Prints the help that was asked for, or what is wrong. Returns the exit code.
pub(crate) fn explain(error: &clap::Error) -> ExitCode {
    if let Some(text) = without_values(error) {
        // If standard error is closed, the exit code has to do.
        let written = writeln!(std::io::stderr(), "error: {text}\n\nFor more information, try '--help'.");
        drop(written);
    } else {
        // As above.
        drop(error.print());
    }
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

/// Returns a message for the errors that would repeat a value.
fn without_values(error: &clap::Error) -> Option<String> {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.as_str(),
        _ => "an argument",
    };
    match error.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let rule = std::error::Error::source(error)
                .map_or("is not one of the possible values".to_owned(), ToString::to_string);
            Some(format!("{argument} {rule}"))
        }
        ErrorKind::UnknownArgument if is_flag(argument) => Some(format!("{argument} is not a known flag here")),
        ErrorKind::UnknownArgument => Some("there is one argument too many".to_owned()),
        ErrorKind::InvalidSubcommand => Some("there is no such command".to_owned()),
        ErrorKind::TooManyValues => Some(format!("{argument} takes no such value")),
        ErrorKind::InvalidUtf8 => Some("an argument is not UTF-8".to_owned()),
        _ => None,
    }
}

/// Whether a text can only be the name of a flag: nothing secret looks like it.
fn is_flag(text: &str) -> bool {
    let name = text.strip_prefix("--").unwrap_or_default();
    (1..=20).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
