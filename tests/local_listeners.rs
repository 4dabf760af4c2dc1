//! The listeners of the local stack against web pages and broken callers.

use std::net::SocketAddr;
use std::time::Duration;

use local::throttle::Rate;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Options, Service, options, order};

/// Longer than any answer takes, so that a connection that stays open fails the test.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns everything that comes back until the connection is closed.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    };
    tokio::time::timeout(PATIENCE, talk).await.expect("the connection is closed in the end")
}

/// Sends a request without a body, with these lines as its header.
async fn call(address: SocketAddr, start: &str, headers: &str) -> String {
    exchange(address, &format!("{start}\r\n{headers}\r\nConnection: close\r\n\r\n")).await
}

/// The four listeners, each with the start of a request that it answers.
fn listeners(service: &Service) -> [(SocketAddr, &'static str); 4] {
    let stack = &service.stack;
    [
        (stack.gateway, "POST /v1/card-order HTTP/1.1"),
        (stack.dynamodb, "GET / HTTP/1.1"),
        (stack.s3, "GET /card-orders-files HTTP/1.1"),
        (stack.cms, "GET /simulator/ledger HTTP/1.1"),
    ]
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn no_listener_answers_a_foreign_name_or_page() {
    let service = Service::start().await;
    for (address, start) in listeners(&service) {
        for (headers, why) in [
            ("Host: evil.example", "Host"),
            ("Host: localhost\r\nHost: evil.example", "Host"),
            ("Accept: */*", "Host"),
            ("Host: localhost\r\nOrigin: https://evil.example", "web pages"),
            ("Host: localhost\r\nOrigin: null", "web pages"),
            ("Host: localhost\r\nSec-Fetch-Site: cross-site", "web pages"),
            ("Host: localhost\r\nContent-Type: text/plain\r\nOrigin: http://localhost:5173", "web pages"),
        ] {
            let answer = call(address, start, headers).await;
            assert!(answer.starts_with("HTTP/1.1 403 ") && body(&answer).contains(why), "{start} {headers}: {answer}");
            assert!(!answer.to_lowercase().contains("access-control-"), "{answer}");
            if address == service.stack.gateway {
                let envelope: Value = serde_json::from_str(body(&answer)).unwrap();
                assert_eq!(envelope["exception"]["errorCode"], "request.forbidden");
                assert_eq!(envelope["exception"]["httpStatus"], "FORBIDDEN");
            }
        }
        let preflight = format!("OPTIONS {}", start.split_once(' ').unwrap().1);
        let asks = "Host: localhost\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST";
        let answer = call(address, &preflight, asks).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machine_its_containers_and_its_own_pages_are_answered_without_cors() {
    let service = Service::start().await;
    for (address, start) in listeners(&service) {
        for headers in [
            format!("Host: {address}"),
            format!("Host: LOCALHOST:{}", address.port()),
            format!("Host: host.docker.internal:{}", address.port()),
            format!("Host: {address}\r\nOrigin: http://{address}\r\nSec-Fetch-Site: same-origin"),
        ] {
            let answer = call(address, start, &headers).await;
            assert!(
                !body(&answer).contains("web pages") && !body(&answer).contains("Host must"),
                "{headers}: {answer}"
            );
            assert!(!answer.to_lowercase().contains("access-control-"), "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_listens_on_a_name() {
    let name = || "localhost:0".parse().unwrap();
    let options = Options { listen: name(), dynamodb: name(), s3: name(), cms: name(), ..options() };
    let service = Service::start_with(options).await;
    assert!(service.create(crate::support::order("ORD-1")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_moves_an_order_at_the_simulator() {
    let service = Service::start().await;
    let stack = &service.stack;
    assert!(service.create(crate::support::order("ORD-1")).await.is_ok());
    assert!(service.process("ORD-1").await.is_ok());
    let start = "GET /orders/ACME_BANK:ORD-1 HTTP/1.1";
    for headers in [
        // A browser says which page asks only where the address is of this machine.
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ] {
        let answer = call(stack.cms, start, &format!("Host: 127.0.0.1\r\n{headers}")).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{headers}: {answer}");
        assert_eq!(stack.simulator.ledger().unwrap()[0].status, "ACCEPTED", "{headers}");
    }
    let answer = call(stack.cms, start, "Host: 127.0.0.1").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(stack.simulator.ledger().unwrap()[0].status, "SUCCESS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_header_does_not_come_is_closed() {
    let service = Service::start_with(Options { header_timeout: Duration::from_millis(50), ..options() }).await;
    for (address, start) in listeners(&service) {
        for sent in ["", "POST", &format!("{start}\r\nHost: localhost\r\n")] {
            assert_eq!(exchange(address, sent).await, "", "{sent:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_http_is_answered_empty_and_the_connection_is_closed() {
    let service = Service::start().await;
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(70_000));
    for (request, want) in [
        ("POST /v1/card-order HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"),
        ("POST /v1/card-order HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "400"),
        ("\u{16}\u{3}\u{1}garbage\r\n\r\n", "400"),
        (&long, "414"),
    ] {
        let answer = exchange(service.stack.gateway, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {want} ")), "{answer}");
        assert!(answer.contains("connection: close") && body(&answer).is_empty(), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_asks_too_often_is_refused_in_the_envelope_and_no_other_tenant() {
    let rate = Some(Rate { per_second: 0.0, burst: 2 });
    let service = Service::start_with(Options { rate, ..options() }).await;
    for (tenant, id, want) in [
        ("ACME_BANK", "ORD-1", 200),
        ("ACME_BANK", "ORD-2", 200),
        ("ACME_BANK", "ORD-3", 429),
        ("GLOBEX", "ORD-3", 200),
    ] {
        assert_eq!(service.post_as(tenant, "/card-order", &order(id)).await.status, want, "{tenant} {id}");
    }
    let refused = service.create(order("ORD-4")).await;
    assert_eq!((refused.code(), refused.header("retry-after")), ("rate.limit.exceeded", Some("2")));
    assert_eq!(refused.body["exception"]["httpStatus"], "TOO_MANY_REQUESTS");
}
