//! The question before something is taken away.

use std::io::{self, IsTerminal, Write};

use crate::failure::Failure;
use crate::flags::GlobalArguments;

/// Asks on the terminal, unless `--yes` was given or nothing will be written.
pub(crate) fn confirm(flags: &GlobalArguments, question: &str) -> Result<(), Failure> {
    if flags.yes || flags.dry_run {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "this command asks for confirmation and there is no terminal; use --yes".to_owned(),
        ));
    }
    write!(io::stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Failure::Declined) }
}
