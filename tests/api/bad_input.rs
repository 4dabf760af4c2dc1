//! Bad input of every kind that we could think of.

use proptest::prelude::*;
use serde_json::{Value, json};
use shared::api::Route;

use crate::support::{Answer, Service, form, order};

const JSON: &[(&str, &[u8])] = &[("tenant", b"ACME_BANK"), ("content-type", b"application/json")];

/// Whether an answer is an envelope with all keys.
fn is_envelope(answer: &Answer) -> bool {
    let keys =
        |value: &Value| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let exception = &answer.body["exception"];
    keys(&answer.body) == ["exception", "pagination", "result"]
        && (exception.is_null()
            || keys(exception)
                == ["detailMessage", "errorCode", "fieldError", "httpStatus", "languageCode", "shortMessage"])
        && answer.header("content-type") == Some("application/json")
        && answer.header("cache-control") == Some("no-store")
        && answer.header("x-content-type-options") == Some("nosniff")
        && answer.header("x-request-id").is_some()
}

#[tokio::test]
async fn a_body_that_is_not_the_right_json_says_where() {
    let service = Service::start().await;
    let nested = "[".repeat(20_000);
    for (body, want) in [
        (b"" as &[u8], "body is required"),
        (b"{\n", "body is not valid JSON (line 2, column 1)"),
        (b" \r\n", "body is required"),
        (b"nonsense", "body is not valid JSON (line 1, column 2)"),
        (b"{\"orderId\":\xff}", "body is not valid JSON (line 1, column 12)"),
        (b"{\"orderId\":\"\xc3\x28\"}", "body is not valid JSON (line 1, column 13)"),
        (b"{\"a\":NaN}", "body is not valid JSON (line 1, column 6)"),
        (b"{\"a\":1e400}", "body must not hold a number beyond the range of a double (line 1, column 10)"),
        (b"\xef\xbb\xbf", "body is required"),
        (b"\xef\xbb\xbf[]", "body must be a JSON object"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "body is not valid JSON (line 1, column 1)"),
        (b"\xff\xfe{\0}\0", "body is not valid JSON (line 1, column 1)"),
        (b"[]", "body must be a JSON object"),
        (b"\"{}\"", "body must be a JSON object"),
        (b"null", "body must be a JSON object"),
        (nested.as_bytes(), "body must not be nested more than 127 levels deep (line 1, column 128)"),
    ] {
        for route in
            ["/v1/card-order", "/v1/card-order/withFile", "/v1/card-order/cancel", "/v1/card-order/fetchStatus"]
        {
            let answer = service.send("POST", route, JSON, body.to_vec()).await;
            assert_eq!((answer.status, answer.code(), answer.faults()), (400, "ORD001", vec![want]), "{route}");
            assert!(is_envelope(&answer));
        }
    }
    let doubled =
        br#"{"orderId":"A","orderId":"A","branchInfo":{"branchId":"1","branchId":"2"},"products":[],"products":[]}"#;
    let answer = service.send("POST", "/v1/card-order", JSON, doubled.to_vec()).await;
    assert_eq!(
        answer.faults(),
        ["orderId must be given once", "branchInfo.branchId must be given once", "products must be given once"]
    );
}

#[tokio::test]
async fn the_media_type_the_method_the_path_and_the_size_are_judged() {
    let service = Service::start().await;
    for (media_type, want) in [
        (Some("application/json; charset=utf-8"), "ORD001"),
        (Some("Application/JSON"), "ORD001"),
        (Some("application/json;charset=\"UTF-8\"; profile=x"), "ORD001"),
        (Some("application/json; charset=utf-16"), "media.type.unsupported"),
        (Some("application/json; Charset=ISO-8859-1"), "media.type.unsupported"),
        (Some("application/json; charset=latin1"), "media.type.unsupported"),
        (Some("application/json; charset="), "media.type.unsupported"),
        (None, "ORD001"),
        (Some("text/plain"), "media.type.unsupported"),
        (Some("application/x-www-form-urlencoded"), "media.type.unsupported"),
        (Some("multipart/form-data; boundary=x"), "media.type.unsupported"),
        (Some("application/jsonp"), "media.type.unsupported"),
    ] {
        let mut headers: Vec<(&str, &[u8])> = vec![("tenant", b"ACME_BANK")];
        headers.extend(media_type.map(|media_type| ("content-type", media_type.as_bytes())));
        let answer = service.send("POST", "/v1/card-order", &headers, b"{}".to_vec()).await;
        assert_eq!(answer.code(), want, "{media_type:?}");
    }
    let json_upload = service.send("POST", "/v1/card-order/uploadFile", JSON, b"{}".to_vec()).await;
    assert_eq!((json_upload.status, json_upload.code()), (415, "media.type.unsupported"));

    for route in Route::ALL {
        let route = route.path();
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = service.send(method, &format!("/v1{route}"), JSON, Vec::new()).await;
            assert_eq!((answer.status, answer.code()), (405, "method.not.allowed"), "{method} {route}");
            assert!(is_envelope(&answer));
        }
    }
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/card-order",
        "/v1/card-order/",
        "/v1/Card-Order",
        "/v1/card-order/nothing",
        "/v1/card-order/../card-order/x",
        "/v2/card-order",
    ] {
        let answer = service.send("POST", path, JSON, b"{}".to_vec()).await;
        assert_eq!((answer.status, answer.code()), (404, "route.not.found"), "{path}");
        assert!(is_envelope(&answer));
    }
    for bytes in [256 * 1024 + 1, 7 * 1024 * 1024, 11 * 1024 * 1024] {
        let answer = service.send("POST", "/v1/card-order", JSON, vec![b' '; bytes]).await;
        assert_eq!((answer.status, answer.code()), (413, "request.too.large"), "{bytes}");
        assert!(is_envelope(&answer));
    }
    let largest =
        service.send("POST", "/v1/card-order", JSON, [b"{}".to_vec(), vec![b' '; 256 * 1024 - 2]].concat()).await;
    assert_eq!(largest.code(), "ORD001");
}

#[tokio::test]
async fn a_body_is_plain_utf8() {
    let service = Service::start().await;
    let body = [b"\xef\xbb\xbf".to_vec(), order("ORD-1").to_string().into_bytes()].concat();
    assert!(service.send("POST", "/v1/card-order", JSON, body.clone()).await.is_ok());
    for encoding in ["gzip", "br", "identity, gzip", "utf-8"] {
        let headers: Vec<(&str, &[u8])> = [JSON, &[("content-encoding", encoding.as_bytes())]].concat();
        let answer = service.send("POST", "/v1/card-order", &headers, body.clone()).await;
        assert_eq!((answer.status, answer.code()), (415, "media.type.unsupported"), "{encoding}");
        let detail = answer.body["exception"]["detailMessage"].as_str().unwrap();
        assert_eq!(
            detail,
            "This operation takes the content type application/json, in UTF-8 and without a content-encoding"
        );
    }
}

#[tokio::test]
async fn an_answer_stays_small_whatever_was_sent() {
    let service = Service::start().await;
    let keys: Vec<String> = (0..20_000).map(|n| format!(r#""k{n}":1"#)).collect();
    let body = format!(r#"{{"orderId":"A",{}}}"#, keys.join(",")).into_bytes();
    let answer = service.send("POST", "/v1/card-order", JSON, body).await;
    let faults = answer.faults();
    assert_eq!(faults[..3], ["branchInfo is required", "At least one product is required", "k0 is not a known field"]);
    assert_eq!((faults.len(), faults[49], faults[50]), (51, "k47 is not a known field", "… and 19952 more"));
    let parts: Vec<_> = (0..200).map(|n| form::field(&format!("p{n}"), "x")).collect();
    let content_type = form::content_type();
    let headers: [(&str, &[u8]); 2] = [("tenant", b"ACME_BANK"), ("content-type", content_type.as_bytes())];
    let answer = service.send("POST", "/v1/card-order/uploadFile", &headers, form::body(&parts)).await;
    let faults = answer.faults();
    assert_eq!((faults.len(), faults[0], faults[50]), (51, "p0 is not a known field", "… and 151 more"));
}

#[tokio::test]
async fn hostile_headers_harm_nobody() {
    let service = Service::start().await;
    for (name, value) in [
        ("x-forwarded-proto", b"javascript ://" as &[u8]),
        ("x-forwarded-for", b"\xff\xfe"),
        ("x-anything", b"caf\xe9"),
        ("x-amzn-trace-id", b"Root=\"\""),
        ("content-encoding", b"identity"),
    ] {
        let headers: Vec<(&str, &[u8])> = [JSON, &[(name, value)]].concat();
        let answer = service.send("POST", "/v1/card-order", &headers, b"{}".to_vec()).await;
        assert_eq!((answer.status, answer.code()), (400, "ORD001"), "{name}");
    }
    let headers: Vec<(&str, &[u8])> = [JSON, &[("host", b"not a host:99999/<>" as &[u8])]].concat();
    let answer = service.send("POST", "/v1/card-order", &headers, b"{}".to_vec()).await;
    assert_eq!((answer.status, answer.code()), (403, "request.forbidden"), "host");
}

/// A tree of JSON values, with the names of the contract among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "(4111111111111111|12345|87654322|2026-01-20 00:00:00|PHYSICAL)".prop_map(Value::from),
    ];
    let key = "(orderId|branchInfo|branchId|address|metaValues|products|productId|bin|quantity|validity|processStartTime|.{0,9})";
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..8).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

#[test]
fn no_body_makes_a_fault_of_ours_or_is_repeated() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let service = runtime.block_on(Service::start());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&any_json(), |body| {
            let answer = runtime.block_on(service.create(&body));
            prop_assert!(answer.status < 500, "{} for {body}", answer.text);
            prop_assert!(is_envelope(&answer));
            prop_assert!(!answer.text.contains("4111"));
            Ok(())
        })
        .unwrap();
    let garbage = proptest::collection::vec(any::<u8>(), 0..2_000);
    runner
        .run(&(garbage, 0..Route::ALL.len()), |(body, route)| {
            let headers: [(&str, &[u8]); 2] = match Route::ALL[route].path() {
                "/card-order/uploadFile" => [JSON[0], ("content-type", b"multipart/form-data; boundary=x")],
                _ => [JSON[0], JSON[1]],
            };
            let answer =
                runtime.block_on(service.send("POST", &format!("/v1{}", Route::ALL[route].path()), &headers, body));
            prop_assert!((400..500).contains(&answer.status), "{}", answer.text);
            prop_assert!(is_envelope(&answer));
            Ok(())
        })
        .unwrap();
    assert_eq!(json!(runtime.block_on(service.status("12345"))), Value::Null);
}
