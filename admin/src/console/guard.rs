//! Which requests are answered: those under a name of loopback, from the page itself. A page of another origin shows in
//! `Host` (DNS rebinding), `Origin` or `Sec-Fetch-Site`, none of which a page can set; a call needs the token besides, which
//! only the page itself can read.

use std::net::SocketAddr;

use hyper::header::{HOST, HeaderMap, ORIGIN};

/// Decides which requests are answered.
#[derive(Debug)]
pub(crate) struct Guard {
    hosts: Vec<String>,
    token: String,
}

impl Guard {
    /// A guard for what listens at an address, with the token of this start.
    pub(crate) fn new(address: SocketAddr, token: String) -> Self {
        let hosts = vec![address.to_string(), format!("localhost:{}", address.port())];
        Self { hosts, token }
    }

    /// Returns the token, for the page.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Whether a request is from the page, or from somebody who types its address.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(host) = single(headers, HOST.as_str()) else { return false };
        let is_own = |origin: &str| origin.strip_prefix("http://") == Some(host);
        let is_same = |site: &str| matches!(site, "same-origin" | "none");
        self.hosts.iter().any(|own| own == host)
            && all(headers, ORIGIN.as_str(), is_own)
            && all(headers, "sec-fetch-site", is_same)
    }

    /// Whether a call carries the token.
    pub(crate) fn has_token(&self, headers: &HeaderMap) -> bool {
        // Who could measure how long this takes can read the page.
        single(headers, "x-console-token") == Some(self.token.as_str())
    }
}

/// Returns the value of a header that is given once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn all(headers: &HeaderMap, name: &str, is_good: impl Fn(&str) -> bool) -> bool {
    headers.get_all(name).iter().all(|value| value.to_str().is_ok_and(&is_good))
}
