//! The address of a deployed API.

use shared::domain::RuleError;

/// An https URL without credentials, query or fragment, or an http one of this machine; without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    text: String,
    host: String,
}

impl BaseUrl {
    /// Parses and validates; the only constructor. A URL without a path is that of an API whose stage is `v1`.
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        const RULE: RuleError =
            RuleError("must be an https URL without credentials and query, or an http one of loopback");
        let (rest, is_secure) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (rest, true),
            (None, Some(rest)) => (rest, false),
            (None, None) => return Err(RULE),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
        let is_host_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        let is_path_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '~');
        let is_local = ["127.0.0.1", "localhost", "[::1]"].contains(&name);
        if authority.is_empty() || !authority.chars().all(is_host_char) || !path.chars().all(is_path_char) {
            return Err(RULE);
        }
        if !is_secure && !is_local {
            return Err(RULE);
        }
        let path = match path.trim_end_matches('/') {
            "" => "/v1",
            path => path,
        };
        let scheme = if is_secure { "https" } else { "http" };
        Ok(Self { text: format!("{scheme}://{authority}{path}"), host: authority.to_owned() })
    }

    /// Returns the URL of a route.
    pub(crate) fn of(&self, route: &str) -> String {
        format!("{}{route}", self.text)
    }

    /// Returns its host, with the port if there is one.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_over_https_or_to_this_machine_only() {
        for (text, want) in [
            ("https://api.example/v1", Some("https://api.example/v1/x")),
            ("https://api.example", Some("https://api.example/v1/x")),
            ("https://api.example/", Some("https://api.example/v1/x")),
            ("https://api.example:8443/cards/", Some("https://api.example:8443/cards/x")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000/v1/x")),
            ("http://localhost:3000/v1", Some("http://localhost:3000/v1/x")),
            ("http://[::1]:3000", Some("http://[::1]:3000/v1/x")),
            ("http://api.example/v1", None),
            ("http://127.0.0.1.evil.example", None),
            ("http://localhost@evil.example", None),
            ("https://user:secret@api.example", None),
            ("https://api.example/v1?x", None),
            ("https://api.example/v1#x", None),
            ("https://", None),
            ("https:///v1", None),
            ("api.example", None),
            ("ftp://api.example", None),
            ("", None),
        ] {
            let url = BaseUrl::parse(text).ok().map(|url| url.of("/x"));
            assert_eq!(url.as_deref(), want, "{text}");
        }
    }
}
