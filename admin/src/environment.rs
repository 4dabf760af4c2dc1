//! The environment of the command line.

use shared::clock::Clock;
use shared::runtime::parse_offset;

use crate::failure::Failure;

/// Returns the time, shifted as that of a stack by `CLOCK_OFFSET`.
pub(crate) fn clock() -> Result<Clock, Failure> {
    const RULE: &str = "the variable CLOCK_OFFSET must be a duration such as 31d or -2h";
    let Some(text) = variable("CLOCK_OFFSET") else { return Ok(Clock::system()) };
    parse_offset(&text).map(Clock::shifted).ok_or_else(|| Failure::Usage(RULE.to_owned()))
}

/// Returns a variable. An empty one counts as absent.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place of the commands that reads the environment")]
    let value = std::env::var(name);
    value.ok().filter(|value| !value.is_empty())
}
