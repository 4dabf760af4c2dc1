//! Keeps web pages out of the local stack.
//!
//! The listeners trust whoever reaches them, and any page in a browser on this machine does: under its own name once that
//! name resolves to this machine (DNS rebinding), or by requests to another origin, which a browser sends even where it
//! keeps the answer from the page. The first kind shows in `Host`, the second in `Origin` or `Sec-Fetch-Site`; a page can
//! set none of the three. What no page sends, such as a call of an AWS SDK from a container, passes; so does a visit to one
//! of the gateway's own pages, which a link on any page may be.

use std::net::IpAddr;

use hyper::header::{HOST, HeaderMap, HeaderValue, ORIGIN, USER_AGENT};
use hyper::http::uri::Authority;
use hyper::{Method, Request, Version};

use crate::address::ListenAddress;

/// Names of this machine that nobody else can own: for itself, and for containers on it.
const NAMES: [&str; 2] = ["localhost", "host.docker.internal"];

/// Decides which requests a listener answers.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    address: ListenAddress,
    is_page: fn(&str) -> bool,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Host,
    Page,
}

impl Refusal {
    /// Returns the text of the answer.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Host => {
                "Host must be given once, and be an IP address, localhost, host.docker.internal or the name that the stack listens on"
            }
            Self::Page => "The local stack does not answer web pages of another origin",
        }
    }
}

impl Guard {
    /// A guard for a listener; the name in its address, if it is one, is a name of this machine too.
    pub(crate) fn new(address: ListenAddress) -> Self {
        Self { address, is_page: |_| false }
    }

    /// The same guard, for a listener that serves pages under some paths.
    pub(crate) fn with_pages(self, is_page: fn(&str) -> bool) -> Self {
        Self { is_page, ..self }
    }

    /// Refuses a request under a foreign name, or from a page of another origin.
    pub(crate) fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let headers = request.headers();
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => Some(host),
            // No browser speaks HTTP/1.0.
            (None, _) if request.version() == Version::HTTP_10 => None,
            _ => return Err(Refusal::Host),
        };
        let named = host.map(|host| Authority::try_from(host.as_bytes()).map_err(|_| Refusal::Host)).transpose()?;
        // An absolute request target names a host too.
        if !named.iter().chain(request.uri().authority()).all(|authority| self.is_ours(authority)) {
            return Err(Refusal::Host);
        }
        let is_own = |origin: &HeaderValue| {
            let origin = origin.as_bytes().strip_prefix(b"http://");
            origin.zip(host).is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host.as_bytes()))
        };
        let is_same = |site: &HeaderValue| site == "same-origin" || site == "none";
        let is_same = headers.get_all("sec-fetch-site").iter().all(is_same) || self.is_visit(request);
        if headers.get_all(ORIGIN).iter().all(is_own) && is_same { Ok(()) } else { Err(Refusal::Page) }
    }

    /// Whether somebody follows a link to a page: a page of another origin sees nothing of what opens, and may frame none.
    fn is_visit<B>(&self, request: &Request<B>) -> bool {
        let is = |name: &str, want: &str| {
            let mut values = request.headers().get_all(name).iter();
            values.next().is_some_and(|value| value == want) && values.next().is_none()
        };
        matches!(*request.method(), Method::GET | Method::HEAD)
            && (self.is_page)(request.uri().path())
            && is("sec-fetch-mode", "navigate")
            && is("sec-fetch-dest", "document")
    }

    fn is_ours(&self, authority: &Authority) -> bool {
        let host = authority.host();
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = host.strip_suffix('.').unwrap_or(host);
        let mut names = NAMES.into_iter().chain([self.address.host()]);
        // With user information, what looks like the host to one reader is the user to another.
        !authority.as_str().contains('@')
            && (address.parse::<IpAddr>().is_ok() || names.any(|known| known.eq_ignore_ascii_case(name)))
    }
}

/// Returns whether a browser sent a request. All of them say so in `User-Agent`, and no page can change that.
pub(crate) fn is_from_browser(headers: &HeaderMap) -> bool {
    headers.get_all(USER_AGENT).iter().any(|agent| agent.as_bytes().starts_with(b"Mozilla/"))
}

/// Takes away what would show an answer to a page of another origin.
pub(crate) fn remove_cors(headers: &mut HeaderMap) {
    let cors: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
    for name in cors {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Result<(), Refusal> = Err(Refusal::Page);
    const NAME: Result<(), Refusal> = Err(Refusal::Host);

    fn check(version: Version, target: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let mut request = Request::builder().version(version).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Guard::new("Laptop.example:3000".parse().unwrap()).check(&request.body(()).unwrap())
    }

    #[test]
    fn a_host_is_an_address_or_a_name_of_this_machine() {
        for (host, want) in [
            ("127.0.0.1:3000", Ok(())),
            ("127.0.0.1", Ok(())),
            ("192.168.1.5:3000", Ok(())),
            ("[::1]:3000", Ok(())),
            ("[::1]", Ok(())),
            ("localhost", Ok(())),
            ("LocalHost:3000", Ok(())),
            ("localhost.:3000", Ok(())),
            ("host.docker.internal:3000", Ok(())),
            ("laptop.example", Ok(())),
            ("LAPTOP.EXAMPLE:1", Ok(())),
            ("", NAME),
            ("evil.example", NAME),
            ("evil.example:3000", NAME),
            ("localhost.evil.example", NAME),
            ("127.0.0.1.evil.example", NAME),
            ("evil-localhost", NAME),
            ("localhost..", NAME),
            ("localhost@evil.example", NAME),
            ("evil.example@localhost", NAME),
            ("user:secret@127.0.0.1:3000", NAME),
            ("localhost, evil.example", NAME),
            ("localhost evil.example", NAME),
            ("localhost/evil.example", NAME),
            ("evil.example#localhost", NAME),
            ("2130706433", NAME),
            ("0x7f.1", NAME),
            ("[::1", NAME),
            ("[evil.example]", NAME),
        ] {
            assert_eq!(check(Version::HTTP_11, "/v1/card-order", &[("host", host)]), want, "{host:?}");
        }
    }

    #[test]
    fn every_host_of_a_request_counts() {
        for (version, target, hosts, want) in [
            (Version::HTTP_11, "/", &["localhost", "localhost"][..], NAME),
            (Version::HTTP_11, "/", &["localhost", "evil.example"], NAME),
            (Version::HTTP_11, "/", &[], NAME),
            (Version::HTTP_10, "/", &[], Ok(())),
            (Version::HTTP_10, "/", &["evil.example"], NAME),
            (Version::HTTP_10, "http://evil.example/", &[], NAME),
            (Version::HTTP_11, "http://localhost:3000/", &["localhost:3000"], Ok(())),
            (Version::HTTP_11, "http://evil.example/", &["localhost"], NAME),
            (Version::HTTP_11, "http://localhost/", &["evil.example"], NAME),
            (Version::HTTP_11, "http://evil.example@localhost/", &["localhost"], NAME),
        ] {
            let hosts: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
            assert_eq!(check(version, target, &hosts), want, "{version:?} {target} {hosts:?}");
        }
    }

    #[test]
    fn a_link_from_anywhere_opens_a_page_and_nothing_else() {
        let guard = Guard::new("localhost:3000".parse().unwrap()).with_pages(|path| path == "/docs");
        let visit = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        let check = |method: Method, target: &str, headers: &[(&str, &str)]| {
            let mut request = Request::builder().method(method).uri(target).header("host", "localhost:3000");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            guard.check(&request.body(()).unwrap())
        };
        assert_eq!(check(Method::GET, "/docs", &visit), Ok(()));
        assert_eq!(check(Method::HEAD, "/docs?x=1", &visit), Ok(()));
        assert_eq!(check(Method::POST, "/docs", &visit), PAGE);
        assert_eq!(check(Method::GET, "/v1/card-order", &visit), PAGE);
        assert_eq!(check(Method::GET, "/docs", &visit[..2]), PAGE);
        assert_eq!(check(Method::GET, "/docs", &[visit[0], visit[2]]), PAGE);
        for other in [("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "iframe"), ("origin", "https://evil.example")] {
            let kept = visit.into_iter().filter(|(name, _)| *name != other.0);
            assert_eq!(check(Method::GET, "/docs", &kept.chain([other]).collect::<Vec<_>>()), PAGE, "{other:?}");
            assert_eq!(check(Method::GET, "/docs", &[&visit[..], &[other]].concat()), PAGE, "{other:?}");
        }
    }

    #[test]
    fn a_page_calls_its_own_origin_only() {
        for (headers, want) in [
            (&[][..], Ok(())),
            (&[("origin", "http://localhost:3000")][..], Ok(())),
            (&[("origin", "HTTP://localhost:3000")], PAGE),
            (&[("origin", "http://LOCALHOST:3000")], Ok(())),
            (&[("origin", "http://localhost:3001")], PAGE),
            (&[("origin", "http://localhost")], PAGE),
            (&[("origin", "https://localhost:3000")], PAGE),
            (&[("origin", "http://127.0.0.1:3000")], PAGE),
            (&[("origin", "https://evil.example")], PAGE),
            (&[("origin", "null")], PAGE),
            (&[("origin", "")], PAGE),
            (&[("origin", "http://localhost:3000"), ("origin", "https://evil.example")], PAGE),
            (&[("sec-fetch-site", "none")], Ok(())),
            (&[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:3000")], Ok(())),
            (&[("sec-fetch-site", "same-site")], PAGE),
            (&[("sec-fetch-site", "cross-site")], PAGE),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:3000")], PAGE),
            (&[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")], PAGE),
        ] {
            let all = [&[("host", "localhost:3000")][..], headers].concat();
            assert_eq!(check(Version::HTTP_11, "/", &all), want, "{headers:?}");
        }
        assert_eq!(
            check(Version::HTTP_10, "/", &[("origin", "http://")]),
            PAGE,
            "without a host there is no own origin"
        );
    }
}
