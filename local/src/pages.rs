//! What the gateway serves to people: a page that says where to go, the documentation, the specification, the console. The
//! pages are static and the same for everybody; none of them asks for anything outside its own origin.

use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde_json::json;

use crate::config::AccessMode;

/// Where a page may take what from.
const POLICY: &str = console_page::CONTENT_SECURITY_POLICY;
/// The stylesheet of Swagger UI holds small images.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                           form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The console, to whose path its files' paths are relative.
const CONSOLE: &str = "/console/";
/// What the console asks for first.
const CONSOLE_CONFIG: &str = "/console/config.json";

/// What the pages say of the gateway that serves them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gateway {
    pub(crate) access: AccessMode,
    pub(crate) address: SocketAddr,
}

/// A file that the gateway serves.
#[derive(Clone)]
struct Page {
    path: &'static str,
    media_type: &'static str,
    content: Bytes,
    encoding: Encoding,
    policy: &'static str,
}

/// How the content of a page is stored, and sent.
#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    Plain,
    Gzip,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A row of the table below: a file, from the folder of this package.
macro_rules! page {
    ($path:literal, $media_type:expr, $file:literal, $encoding:ident, $policy:expr) => {
        Page {
            path: $path,
            media_type: $media_type,
            content: Bytes::from_static(include_bytes!(concat!("../", $file))),
            encoding: Encoding::$encoding,
            policy: $policy,
        }
    };
}

static PAGES: [Page; 10] = [
    page!("/", HTML, "assets/pages/index.html", Plain, POLICY),
    page!("/pages.css", CSS, "assets/pages/pages.css", Plain, POLICY),
    page!("/icon.svg", SVG, "assets/pages/icon.svg", Plain, POLICY),
    page!("/openapi.yaml", "application/yaml", "../openapi.yaml", Plain, POLICY),
    page!("/docs", HTML, "assets/pages/docs.html", Plain, DOCS_POLICY),
    page!("/docs/docs.css", CSS, "assets/pages/docs.css", Plain, DOCS_POLICY),
    page!("/docs/docs.js", SCRIPT, "assets/pages/docs.js", Plain, DOCS_POLICY),
    page!("/docs/swagger-ui.css", CSS, "assets/swagger-ui/swagger-ui.css.gz", Gzip, DOCS_POLICY),
    page!("/docs/swagger-ui-bundle.js", SCRIPT, "assets/swagger-ui/swagger-ui-bundle.js.gz", Gzip, DOCS_POLICY),
    json("/health", Bytes::from_static(br#"{"status":"ok"}"#)),
];

const fn json(path: &'static str, content: Bytes) -> Page {
    Page { path, media_type: "application/json", content, encoding: Encoding::Plain, policy: POLICY }
}

/// Whether a page has this path.
pub(crate) fn is_page(path: &str) -> bool {
    path == without_slash(CONSOLE) || path == CONSOLE_CONFIG || find(path).is_some()
}

/// Answers a request for a page. `None` if it is a request for something else. For HEAD, hyper leaves out the body.
pub(crate) fn answer(method: &Method, path: &str, gateway: Gateway) -> Option<Response<Full<Bytes>>> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    if path == without_slash(CONSOLE) {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(CONSOLE));
        return Some(response);
    }
    if path == CONSOLE_CONFIG {
        return Some(response(console_config(gateway)));
    }
    find(path).map(response)
}

fn without_slash(path: &str) -> &str {
    path.trim_end_matches('/')
}

fn find(path: &str) -> Option<Page> {
    PAGES.iter().find(|page| page.path == path).cloned().or_else(|| of_console(path.strip_prefix(CONSOLE)?))
}

/// Tells the console how callers are known here, and what it is connected to.
fn console_config(Gateway { access, address }: Gateway) -> Page {
    let mode = match access {
        AccessMode::Headers => "header",
        AccessMode::Authorizer => "key",
    };
    let server = address.to_string();
    let config = json!({ "mode": mode, "apiBase": "/v1", "tenant": null, "token": null, "server": server });
    json(CONSOLE_CONFIG, config.to_string().into())
}

fn of_console(path: &str) -> Option<Page> {
    let file = console_page::find(path)?;
    let (media_type, content) = (file.media_type(), Bytes::from_static(file.content));
    Some(Page { path: file.path, media_type, content, encoding: Encoding::Plain, policy: POLICY })
}

fn response(page: Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(page.content));
    let headers: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_TYPE, page.media_type),
        (header::CONTENT_SECURITY_POLICY, page.policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    if page.encoding == Encoding::Gzip {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
