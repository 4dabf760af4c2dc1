//! `console`: the page on loopback, in front of an API that a stub stands in for.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::run_with;

const KEY: &str = "co_0123456789ab_secret_000000";

/// A console in front of a stub, and what the stub was asked.
struct Console {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _process: Child,
}

/// A stub that notes each request as text and answers with a header that the page needs, and one that it must not get.
async fn api(asked: Arc<Mutex<Vec<String>>>) -> SocketAddr {
    let answer = move |request: Request<Body>| {
        let asked = Arc::clone(&asked);
        async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, 1_000_000).await.unwrap();
            let header = |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
            let headers =
                ["authorization", "tenant", "content-type", "cookie", "x-console-token", "origin"].map(header);
            let asked_for = format!("{} {} {headers:?} {}", parts.method, parts.uri, String::from_utf8_lossy(&body));
            asked.lock().unwrap().push(asked_for);
            let response = Response::builder().status(404).header("content-type", "application/json");
            let response = response.header("x-request-id", "r-1").header("set-cookie", "a=b");
            response.body(Body::from(r#"{"result":null}"#)).unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await.unwrap() });
    address
}

impl Console {
    async fn start() -> Self {
        let asked = Arc::default();
        let url = format!("http://{}/stage", api(Arc::clone(&asked)).await);
        Self::start_at(&url, asked).await
    }

    async fn start_at(url: &str, asked: Arc<Mutex<Vec<String>>>) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_admin-under-test"))
            .args(["console", "--url", url, "--tenant", "ACME_BANK", "--listen", "127.0.0.1:0", "--json"])
            .env_clear()
            .env("CARD_ORDERS_KEY", KEY)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut text = String::new();
        let report: Value = loop {
            text.push_str(&lines.next_line().await.unwrap().unwrap());
            if let Ok(report) = serde_json::from_str(&text) {
                break report;
            }
        };
        let address =
            report["url"].as_str().unwrap().strip_prefix("http://").unwrap().strip_suffix("/console/").unwrap();
        Self { address: address.parse().unwrap(), asked, _process: process }
    }

    /// Sends a request with these lines as its header. Returns the status and the whole answer.
    async fn send(&self, start: &str, headers: &[&str], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = body.len();
        let lines: String = headers.iter().flat_map(|line| [*line, "\r\n"]).collect();
        let request = format!("{start} HTTP/1.1\r\n{lines}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        // The answer may come before the whole request was read.
        stream.write_all(request.as_bytes()).await.unwrap_or_default();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap_or_default();
        let answer = String::from_utf8(answer).unwrap();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    fn host(&self) -> String {
        format!("Host: {}", self.address)
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.send(&format!("GET {path}"), &[&self.host()], "").await
    }

    async fn token(&self) -> String {
        let (_, answer) = self.get("/console/config.json").await;
        let config: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        config["token"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_served_whole_and_knows_no_key() {
    let console = Console::start().await;
    for (path, location) in [("/", "/console/"), ("/console", "/console/")] {
        let (status, answer) = console.get(path).await;
        assert_eq!(status, 302, "{path}");
        assert!(answer.contains(&format!("location: {location}")), "{answer}");
    }
    for file in console_page::FILES {
        let (status, answer) = console.get(&format!("/console/{}", file.path)).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!((status, body.as_bytes()), (200, file.content), "{}", file.path);
        for header in ["content-security-policy: default-src 'none'", "nosniff", "no-store", "frame-ancestors 'none'"] {
            assert!(head.contains(header), "{}: {header}: {head}", file.path);
        }
        assert!(head.contains(file.media_type()), "{head}");
        assert!(!answer.contains(KEY));
    }
    let (_, answer) = console.get("/console/config.json").await;
    assert!(!answer.contains("co_") && answer.contains("no-store"), "{answer}");
    let config: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let keys: BTreeSet<_> = config.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["apiBase", "mode", "server", "tenant", "token"]));
    assert_eq!(
        (&config["mode"], &config["apiBase"], &config["tenant"]),
        (&"proxy".into(), &"/v1".into(), &"ACME_BANK".into())
    );
    assert_eq!(config["token"].as_str().unwrap().len(), 64);
    for path in
        ["/console/../console/Cargo.toml", "/console/Cargo.toml", "/console/files.rs", "/console/README.md", "/x"]
    {
        assert_eq!(console.get(path).await.0, 404, "{path}");
    }
    assert_eq!(console.send("POST /console/", &[&console.host()], "").await.0, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_forwarded_with_the_operators_key_and_nothing_else_of_the_browser() {
    let console = Console::start().await;
    let (host, token) = (console.host(), format!("x-console-token: {}", console.token().await));
    let origin = format!("Origin: http://{}", console.address);
    let more = ["Cookie: a=b", "tenant: GLOBEX", "Authorization: Bearer mine", "content-type: text/plain"];
    let headers = [&[host.as_str(), &token, &origin, "Sec-Fetch-Site: same-origin"][..], &more].concat();
    let (status, answer) =
        console.send("POST /v1/card-order/fetchStatus", &headers, r#"{"cardOrderId":"ORD-1"}"#).await;
    assert_eq!(status, 404, "the API's own answer");
    assert!(answer.contains("x-request-id: r-1") && answer.ends_with(r#"{"result":null}"#), "{answer}");
    assert!(!answer.contains("set-cookie") && !answer.contains(KEY), "{answer}");
    let want = format!(
        r#"POST /stage/card-order/fetchStatus ["Bearer {KEY}", "ACME_BANK", "application/json", "", "", ""] {{"cardOrderId":"ORD-1"}}"#
    );
    assert_eq!(*console.asked.lock().unwrap(), [want]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_page_can_use_it() {
    let console = Console::start().await;
    let (host, token) = (console.host(), format!("x-console-token: {}", console.token().await));
    let port = console.address.port();
    let route = "POST /v1/card-order/fetchStatus";
    let localhost = format!("Host: localhost:{port}");
    assert_eq!(console.send(route, &[&localhost, &token], "{}").await.0, 404, "its other name");
    console.asked.lock().unwrap().clear();
    let foreign = format!("Host: evil.example:{port}");
    let portless = "Host: 127.0.0.1".to_owned();
    let sibling = format!("Origin: http://127.0.0.1:{}", port ^ 1);
    let other_token = format!("x-console-token: {}", "0".repeat(64));
    for headers in [
        &[host.as_str()][..],
        &[host.as_str(), "x-console-token: "],
        &[host.as_str(), &other_token],
        &[host.as_str(), &token, &token],
        &[host.as_str(), &token, "Origin: https://evil.example"],
        &[host.as_str(), &token, "Origin: null"],
        &[host.as_str(), &token, &sibling],
        &[host.as_str(), &token, "Sec-Fetch-Site: cross-site"],
        &[host.as_str(), &token, "Sec-Fetch-Site: same-site"],
        &[foreign.as_str(), &token],
        &[portless.as_str(), &token],
        &[host.as_str(), &foreign, &token],
        &[token.as_str()],
    ] {
        let (status, answer) = console.send(route, headers, "{}").await;
        assert!(matches!(status, 400 | 403), "{headers:?}: {answer}");
        assert!(!answer.contains("access-control-allow"), "{answer}");
    }
    for headers in [&[foreign.as_str()][..], &[host.as_str(), "Sec-Fetch-Site: cross-site"]] {
        assert_eq!(console.send("GET /console/config.json", headers, "").await.0, 403, "{headers:?}");
    }
    let preflight = [host.as_str(), "Origin: https://evil.example", "Access-Control-Request-Method: POST"];
    assert_eq!(console.send("OPTIONS /v1/card-order/fetchStatus", &preflight, "").await.0, 403);
    for (start, status) in [
        ("GET /v1/card-order/fetchStatus", 405),
        ("POST /v1/card-order/unknown", 404),
        ("POST /v1//evil.example/card-order", 404),
        ("POST /v1", 404),
        ("POST http://evil.example/v1/card-order/fetchStatus", 404),
    ] {
        let got = console.send(start, &[&host, &token], "").await.0;
        assert!(got == status || start.contains("evil.example/v1"), "{start}: {got}");
    }
    let huge = "x".repeat(300_000);
    assert_eq!(console.send(route, &[&host, &token], &huge).await.0, 413);
    assert!(console.asked.lock().unwrap().iter().all(|asked| asked.contains("/stage/card-order/fetchStatus")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_does_not_answer_is_told_so() {
    let console = Console::start_at("http://127.0.0.1:1", Arc::default()).await;
    let token = format!("x-console-token: {}", console.token().await);
    let (status, answer) = console.send("POST /v1/card-order/fetchStatus", &[&console.host(), &token], "{}").await;
    assert_eq!(status, 502);
    assert!(!answer.contains(KEY), "{answer}");
}

#[tokio::test]
async fn it_does_not_start_where_the_key_would_not_be_safe() {
    let key = [("CARD_ORDERS_KEY", KEY)];
    let tenant = ["console", "--tenant", "ACME_BANK", "--url"];
    for (arguments, variables) in [
        (&["http://api.example/v1"][..], &key[..]),
        (&["https://user:secret@api.example/v1"], &key),
        (&["https://api.example/v1", "--listen", "0.0.0.0:3100"], &key),
        (&["https://api.example/v1", "--listen", "192.168.1.5:3100"], &key),
        (&["https://api.example/v1", "--listen", "localhost"], &key),
        (&["https://api.example/v1"], &[]),
        (&["https://api.example/v1"], &[("CARD_ORDERS_KEY", "two words")]),
        (&["https://api.example/v1"], &[("CARD_ORDERS_KEY", "line\r\nx: y")]),
    ] {
        let ran = run_with(&[&tenant, arguments].concat(), variables, "").await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("secret") && !ran.err.contains(KEY), "{}", ran.err);
    }
}
