//! The pages of the local gateway, as a browser asks for them.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response};

use crate::support::{Service, read};

/// Every page with its type, and what its content is or contains.
const PAGES: [(&str, &str, &str); 8] = [
    ("/", "text/html; charset=utf-8", "<a href=\"/docs\">"),
    ("/pages.css", "text/css; charset=utf-8", "main {"),
    ("/icon.svg", "image/svg+xml", "<svg "),
    ("/openapi.yaml", "application/yaml", "openapi: 3.0.3"),
    ("/docs", "text/html; charset=utf-8", "/docs/swagger-ui-bundle.js"),
    ("/docs/docs.css", "text/css; charset=utf-8", "html {"),
    ("/docs/docs.js", "text/javascript; charset=utf-8", "validatorUrl: null"),
    ("/health", "application/json", r#"{"status":"ok"}"#),
];

/// Files of others, compressed.
const COMPRESSED: [(&str, &str); 2] = [
    ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
    ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
];

async fn ask(service: &Service, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Client::new().request(method, format!("http://{}{path}", service.stack.gateway));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn is_guarded(headers: &HeaderMap) -> bool {
    let policy = headers["content-security-policy"].to_str().unwrap();
    let only_own =
        ["default-src 'none'; script-src 'self';", "connect-src 'self'", "form-action 'none'; base-uri 'none'"];
    only_own.iter().all(|part| policy.contains(part))
        && policy.ends_with("frame-ancestors 'none'")
        && headers["x-content-type-options"] == "nosniff"
        && headers["referrer-policy"] == "no-referrer"
        && headers["cross-origin-resource-policy"] == "same-origin"
}

#[tokio::test]
async fn every_page_is_there_to_get_and_to_head() {
    let service = Service::start().await;
    for (path, media_type, part) in PAGES {
        let head = ask(&service, Method::HEAD, path, &[]).await;
        let page = ask(&service, Method::GET, path, &[]).await;
        assert_eq!(
            (page.status().as_u16(), &page.headers()["content-type"]),
            (200, &media_type.parse().unwrap()),
            "{path}"
        );
        assert!(is_guarded(page.headers()), "{path}");
        assert_eq!(head.headers()["content-length"], page.headers()["content-length"], "{path}");
        assert!(head.text().await.unwrap().is_empty(), "{path}");
        let text = page.text().await.unwrap();
        assert!(text.contains(part), "{path}");
        if path == "/openapi.yaml" {
            assert_eq!(text, read("openapi.yaml"));
        }
    }
    for (path, media_type) in COMPRESSED {
        let page = ask(&service, Method::GET, path, &[]).await;
        assert_eq!(
            (&page.headers()["content-type"], &page.headers()["content-encoding"]),
            (&media_type.parse().unwrap(), &"gzip".parse().unwrap())
        );
        assert!(is_guarded(page.headers()), "{path}");
        assert!(page.bytes().await.unwrap().starts_with(b"\x1f\x8b"), "{path}");
    }
}

#[tokio::test]
async fn a_page_is_opened_from_anywhere_and_calls_its_own_origin_only() {
    let service = Service::start().await;
    let visit = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    assert_eq!(ask(&service, Method::GET, "/docs", &visit).await.status(), 200);
    // As a script, an image or a frame of another page.
    let embedded = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "script")];
    assert_eq!(ask(&service, Method::GET, "/docs/docs.js", &embedded).await.status(), 403);
    assert_eq!(ask(&service, Method::GET, "/v1/card-order", &visit).await.status(), 403);
    assert_eq!(ask(&service, Method::POST, "/v1/card-order", &visit).await.status(), 403);
    let origin = format!("http://{}", service.stack.gateway);
    let own =
        [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("origin", &origin), ("tenant", "ACME_BANK")];
    assert_eq!(ask(&service, Method::POST, "/v1/card-order/sync-pending-status", &own).await.status(), 200);
}

#[tokio::test]
async fn what_is_no_page_is_answered_by_the_envelope() {
    let service = Service::start().await;
    for (method, path) in [
        (Method::POST, "/docs"),
        (Method::GET, "/docs/"),
        (Method::GET, "/docs/../openapi.yaml/x"),
        (Method::GET, "/favicon.ico"),
    ] {
        let answer = ask(&service, method, path, &[]).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.text().await.unwrap().contains("route.not.found"), "{path}");
    }
}

#[test]
fn the_pages_name_no_other_origin() {
    for file in ["index.html", "pages.css", "docs.html", "docs.css", "docs.js"] {
        let text = read(&format!("local/assets/pages/{file}"));
        // The only address is in the command to try, which no browser follows.
        assert_eq!(text.matches("://").count(), usize::from(file == "index.html"), "{file}");
        assert!(!text.contains("style=") && !text.contains("onclick") && !text.contains("<style"), "{file}");
    }
}
