//! The pages of the local gateway, as a browser asks for them.

use local::config::AccessMode;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::support::{Options, Service, options, read, root};

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

#[tokio::test]
async fn the_console_is_served_with_what_tells_it_how_callers_are_known() {
    for (access_mode, mode) in [(AccessMode::Headers, "header"), (AccessMode::Authorizer, "key")] {
        let service = Service::start_with(Options { access_mode, ..options() }).await;
        let config = ask(&service, Method::GET, "/console/config.json", &[]).await;
        assert!(is_guarded(config.headers()) && config.headers()["cache-control"] == "no-store");
        let config: Value = serde_json::from_str(&config.text().await.unwrap()).unwrap();
        let server = service.stack.gateway.to_string();
        let want = json!({ "mode": mode, "apiBase": "/v1", "tenant": null, "token": null, "server": server });
        assert_eq!(config, want);
        for file in console_page::FILES {
            let page = ask(&service, Method::GET, &format!("/console/{}", file.path), &[]).await;
            assert!(page.status() == 200 && is_guarded(page.headers()), "{}", file.path);
            assert_eq!(page.bytes().await.unwrap(), file.content, "{}", file.path);
        }
        assert_eq!(ask(&service, Method::GET, "/console/../console/none.js", &[]).await.status(), 404);
    }
}

#[tokio::test]
async fn the_console_has_its_slash() {
    let service = Service::start().await;
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = client.get(format!("http://{}/console", service.stack.gateway)).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].as_bytes()), (308, b"/console/".as_slice()));
}

#[test]
fn the_list_of_the_consoles_files_is_the_folder() {
    // What is no part of the page: the list itself, and what is for readers of the repository.
    let not_served = ["Cargo.toml", "README.md", "lib.rs"];
    let mut in_folder = Vec::new();
    let mut folders = vec![root().join("console")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root().join("console")).unwrap().to_str().unwrap().replace('\\', "/");
                in_folder.extend(Some(name).filter(|name| !not_served.contains(&name.as_str())));
            }
        }
    }
    in_folder.sort();
    let mut listed: Vec<_> = console_page::FILES.iter().map(|file| file.path).collect();
    listed.sort_unstable();
    assert_eq!(listed, in_folder, "console/lib.rs lists the files of its folder");
    assert!(console_page::FILES.iter().all(|file| file.media_type() != "application/octet-stream"));
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
