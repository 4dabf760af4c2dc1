//! The environment of the command line.

/// Returns a variable. An empty one counts as absent.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place of the commands that reads the environment")]
    let value = std::env::var(name);
    value.ok().filter(|value| !value.is_empty())
}
