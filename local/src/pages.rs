//! What the gateway serves to people: a page that says where to go, the documentation, the specification. The pages are
//! static and the same for everybody; none of them asks for anything outside its own origin.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};

/// Where a page may take what from.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// Swagger UI sets styles in the elements that it makes, and its stylesheet holds small images.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
                           img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// A file that the gateway serves.
struct Page {
    path: &'static str,
    media_type: &'static str,
    content: &'static [u8],
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
            content: include_bytes!(concat!("../", $file)),
            encoding: Encoding::$encoding,
            policy: $policy,
        }
    };
}

const PAGES: [Page; 10] = [
    page!("/", HTML, "assets/pages/index.html", Plain, POLICY),
    page!("/pages.css", CSS, "assets/pages/pages.css", Plain, POLICY),
    page!("/icon.svg", SVG, "assets/pages/icon.svg", Plain, POLICY),
    page!("/openapi.yaml", "application/yaml", "../openapi.yaml", Plain, POLICY),
    page!("/docs", HTML, "assets/pages/docs.html", Plain, DOCS_POLICY),
    page!("/docs/docs.css", CSS, "assets/pages/docs.css", Plain, DOCS_POLICY),
    page!("/docs/docs.js", SCRIPT, "assets/pages/docs.js", Plain, DOCS_POLICY),
    page!("/docs/swagger-ui.css", CSS, "assets/swagger-ui/swagger-ui.css.gz", Gzip, DOCS_POLICY),
    page!("/docs/swagger-ui-bundle.js", SCRIPT, "assets/swagger-ui/swagger-ui-bundle.js.gz", Gzip, DOCS_POLICY),
    Page {
        path: "/health",
        media_type: "application/json",
        content: br#"{"status":"ok"}"#,
        encoding: Encoding::Plain,
        policy: POLICY,
    },
];

/// Whether a page has this path.
pub(crate) fn is_page(path: &str) -> bool {
    find(path).is_some()
}

/// Answers a request for a page. `None` if it is a request for something else. For HEAD, hyper leaves out the body.
pub(crate) fn answer(method: &Method, path: &str) -> Option<Response<Full<Bytes>>> {
    let page = find(path).filter(|_| matches!(*method, Method::GET | Method::HEAD))?;
    let mut response = Response::new(Full::from(page.content));
    *response.status_mut() = StatusCode::OK;
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
    Some(response)
}

fn find(path: &str) -> Option<&'static Page> {
    const { &PAGES }.iter().find(|page| page.path == path)
}
