//! Whose certificates the functions trust: Amazon's for AWS and the system's for the card management system, unless a
//! variable names others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::runtime_api::Function;
use crate::support::tls::Authority;
use crate::support::{Options, Service, options, order};

/// The environment of a function whose store is here.
fn environment(dynamodb: &str) -> [(&'static str, &str); 7] {
    [
        ("TABLE_NAME", local::stack::TABLE),
        ("BUCKET_NAME", local::stack::BUCKET),
        ("TENANT_MODE", "header"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", local::stack::CREDENTIAL),
        ("AWS_SECRET_ACCESS_KEY", local::stack::CREDENTIAL),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
    ]
}

fn event(route: &str, body: &Value) -> String {
    json!({
        "httpMethod": "POST",
        "resource": route,
        "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": ["application/json"] },
        "body": body.to_string(),
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aws_client_takes_a_private_authority_only_where_a_variable_names_it() {
    let authority = Authority::new();
    let stranger = Authority::new();
    // A store that has the tenant and takes every write.
    let item = json!({ "Item": {
        "pk": { "S": "T#ACME_BANK#CFG" },
        "sk": { "S": "#" },
        "displayName": { "S": "ACME Bank" },
        "timeZone": { "S": "UTC" },
    } })
    .to_string();
    let answer = move || std::future::ready(([(CONTENT_TYPE, "application/x-amz-json-1.0")], item.clone()));
    let url = authority.serve(Router::new().fallback(answer)).await;
    let (ours, strangers) = (authority.path(), stranger.path());
    let cases = [
        (vec![], 503),
        (vec![("AWS_CA_BUNDLE", strangers)], 503),
        (vec![("AWS_CA_BUNDLE", strangers), ("SSL_CERT_FILE", ours)], 503),
        (vec![("AWS_CA_BUNDLE", ours)], 200),
        (vec![("SSL_CERT_FILE", ours)], 200),
        (vec![("AWS_CA_BUNDLE", ours), ("SSL_CERT_FILE", strangers)], 200),
    ];
    let answers = cases.map(|(more, want)| {
        let url = url.clone();
        async move {
            let variables = [environment(&url).as_slice(), &more].concat();
            let binary = env!("CARGO_BIN_EXE_bootstrap-create-order");
            let mut function = Function::start(binary, &variables).await;
            let answer = function.invoke(&event("/card-order", &order("ORD-1"))).await;
            assert_eq!(answer["statusCode"], want, "{more:?}: {answer}");
        }
    });
    futures_util::future::join_all(answers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_management_system_is_trusted_by_the_systems_roots_or_their_replacement_and_not_by_the_aws_bundle() {
    let service = Service::start_with(Options { clock: shared::clock::Clock::system(), ..options() }).await;
    let dynamodb = format!("http://{}", service.stack.dynamodb);
    let authority = Authority::new();
    for (name, calls_wanted) in [("AWS_CA_BUNDLE", 0), ("SSL_CERT_FILE", 1)] {
        assert_eq!(service.post("/card-order", &order(name)).await.status, 200);
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let answer = move || async move {
            counted.fetch_add(1, Ordering::Relaxed);
            json!({ "key": format!("ACME_BANK:{name}"), "status": "ACCEPTED" }).to_string()
        };
        let cms = authority.serve(Router::new().fallback(answer)).await;
        let more = [("CMS_URL", cms.as_str()), (name, authority.path())];
        let variables = [environment(&dynamodb).as_slice(), &more].concat();
        let binary = env!("CARGO_BIN_EXE_bootstrap-process-order");
        let mut function = Function::start(binary, &variables).await;
        function.invoke(&event("/card-order/process", &json!({ "cardOrderId": name }))).await;
        assert_eq!(calls.load(Ordering::Relaxed), calls_wanted, "{name}");
    }
}
