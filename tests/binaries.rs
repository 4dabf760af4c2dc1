//! The functions' binaries, as Lambda starts them.

use std::path::Path;

use serde_json::Value;

use crate::contract::names;
use crate::events::{EVENTS, outline};
use crate::support::runtime_api::Function as Process;
use crate::support::{Service, now, read};

/// Starts the binary of a function, which lies beside that of another.
async fn start(function: &str, variables: &[(&str, &str)]) -> Process {
    let other = Path::new(env!("CARGO_BIN_EXE_bootstrap-create-order"));
    let binary = other.with_file_name(format!("bootstrap-{function}{}", std::env::consts::EXE_SUFFIX));
    Process::start(binary.to_str().unwrap(), variables).await
}

/// The addresses of the stack's store, bucket and card management system.
fn addresses(service: &Service) -> [String; 3] {
    [service.stack.dynamodb, service.stack.s3, service.stack.cms].map(|at| format!("http://{at}"))
}

/// The environment of a deployed function, except for the addresses.
fn deployed([dynamodb, s3, cms]: &[String; 3]) -> [(&'static str, &str); 12] {
    [
        ("KEYS_TABLE_NAME", local::stack::KEYS_TABLE),
        ("CMS_URL", cms),
        ("CURSOR_KEY", "a key that is long enough to seal with"),
        ("QUEUE_URL", "http://127.0.0.1:1/queue"),
        ("TENANTS_TABLE_NAME", local::stack::TENANTS_TABLE),
        ("TABLE_NAME", local::stack::TABLE),
        ("BUCKET_NAME", local::stack::BUCKET),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", local::stack::CREDENTIAL),
        ("AWS_SECRET_ACCESS_KEY", local::stack::CREDENTIAL),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
        ("AWS_ENDPOINT_URL_S3", s3),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_binary_answers_the_example_events_like_its_handler() {
    let service = Service::start().await;
    service.approval_above(1_000).await;
    let offset = format!("{}s", now().duration_since(jiff::Timestamp::now()).as_secs());
    let addresses = addresses(&service);
    // The example events carry an authorizer's context, so that this is what a deployment runs.
    let more = [("TENANT_MODE", "authorizer"), ("CLOCK_OFFSET", offset.as_str())];
    let variables = [deployed(&addresses).as_slice(), &more].concat();
    let mut functions = Vec::new();
    for name in names("functions") {
        let process = start(&name, &variables).await;
        functions.push((name, process));
    }
    let mut outcomes = serde_json::Map::new();
    for &event in EVENTS {
        let (_, function) = functions.iter_mut().find(|(name, _)| event.starts_with(name.as_str())).unwrap();
        let answer = function.invoke(&read(&format!("events/{event}.json"))).await;
        outcomes.insert(event.to_owned(), outline(&answer));
    }
    // The same snapshot as the handlers'.
    let snapshot = read("tests/snapshots/tests__events__each_example_event_has_its_outcome.snap");
    let (_, handlers) = snapshot.split_once("\n---\n").unwrap();
    assert_eq!(Value::Object(outcomes), serde_json::from_str::<Value>(handlers).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_function_trusts_the_authorizer_and_not_the_header() {
    let service = Service::start().await;
    let addresses = addresses(&service);
    let variables = deployed(&addresses);
    let mut function = start("fetch-status", &variables).await;
    let mut event: Value = serde_json::from_str(&read("events/fetch-status.json")).unwrap();
    assert!(function.invoke(&event.to_string()).await["body"].as_str().unwrap().contains("ORD004"));
    for authorizer in [Value::Null, serde_json::json!({ "tenantId": "GLOBEX" }), serde_json::json!({ "tenantId": 7 })] {
        event["requestContext"]["authorizer"] = authorizer;
        let answer = function.invoke(&event.to_string()).await;
        assert_eq!(answer["statusCode"], 401);
        assert!(answer["body"].as_str().unwrap().contains("request.unauthorized"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_without_its_settings_says_which_one_is_missing() {
    for name in names("functions") {
        let variables =
            [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")];
        let (is_success, said) = start(&name, &variables).await.ended().await;
        assert!(!is_success, "{name}");
        let missing = match name.as_str() {
            "authorize" => "KEYS_TABLE_NAME",
            "dispatch-due" => "TENANTS_TABLE_NAME",
            _ => "TABLE_NAME",
        };
        assert!(said.contains(&format!("the environment variable {missing} is required")), "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_function_answers_a_message_at_a_time() {
    let service = Service::start().await;
    let addresses = addresses(&service);
    let variables = deployed(&addresses);
    for (event, failures) in [
        // The object is not there any more: nothing to be done.
        ("ingest-file", vec![]),
        ("ingest-file-test-event", vec![]),
        ("ingest-file-bad-message", vec!["33333333-3333-4333-8333-333333333333"]),
        ("work-due", vec![]),
        ("work-due-bad-message", vec!["66666666-6666-4666-8666-666666666666"]),
    ] {
        let function = names("functions").into_iter().find(|name| event.starts_with(name)).unwrap();
        let mut function = start(&function, &variables).await;
        let answer = function.invoke(&read(&format!("events/{event}.json"))).await;
        let failures: Vec<Value> = failures.iter().map(|id| serde_json::json!({ "itemIdentifier": id })).collect();
        assert_eq!(answer, serde_json::json!({ "batchItemFailures": failures }), "{event}");
    }
}
