//! `doctor`, against the local stack and against an account that a stub stands in for.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, StreamSpecification, StreamViewType};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use serde_json::{Value, json};

use super::{Ran, json, run, run_with};
use crate::support::Service;

/// The checks that failed, with what they say.
fn failed(ran: &Ran) -> Vec<(String, String)> {
    let checks: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    let failed = checks.iter().filter(|check| check["ok"] == false);
    failed.map(|check| (text(check, "check"), text(check, "detail"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_stack_passes_every_check() {
    let service = Service::start().await;
    let checks = json(&service, &["doctor"]).await;
    let names: Vec<_> = checks.as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    for part in [
        "table card-orders",
        "index gsi1",
        "index gsi2",
        "index gsi3",
        "list of tenants card-orders-tenants",
        "table of keys card-orders-keys",
        "tenant ACME_BANK",
        "tenant GLOBEX",
    ] {
        assert!(names.contains(&part), "{part}: {names:?}");
    }
    assert!(checks.as_array().unwrap().iter().all(|check| check["ok"] == true), "{checks}");
    let people = run(&service, &["doctor"]).await;
    assert_eq!(people.code, 0);
    assert!(people.out.contains("ok  index gsi1"), "{}", people.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_named_and_the_rest_is_looked_at() {
    let service = Service::start().await;
    let dynamodb = service.dynamodb();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for tenant in ["GHOST", "BROKEN"] {
        let put = dynamodb.put_item().table_name(local::stack::TENANTS_TABLE).item("tenant", text(tenant));
        put.send().await.unwrap();
    }
    let settings = dynamodb.put_item().table_name(local::stack::TABLE).item("pk", text("T#BROKEN#CFG"));
    let settings = settings.item("sk", text("#")).item("displayName", text("Broken"));
    settings.item("timeZone", text("Mars/Olympus")).send().await.unwrap();
    let ran = run(&service, &["doctor", "--json", "--keys-table", "elsewhere"]).await;
    assert_eq!((ran.code, ran.err.as_str()), (1, "error: 3 checks failed\n"));
    let failed = failed(&ran);
    let names: Vec<_> = failed.iter().map(|(check, _)| check.as_str()).collect();
    assert_eq!(names, ["table of keys", "tenant BROKEN", "tenant GHOST"]);
    assert!(failed[0].1.contains("ResourceNotFoundException"), "{}", failed[0].1);
    assert!(failed[1].1.contains("timeZone") && !failed[1].1.contains("Mars"), "{}", failed[1].1);
    // The list of tenants serves as a table that has other keys and no indexes.
    let ran = run(&service, &["doctor", "--table", local::stack::TENANTS_TABLE, "--json"]).await;
    let failed = self::failed(&ran);
    assert!(failed.contains(&("table card-orders-tenants".to_owned(), "has other keys".to_owned())), "{failed:?}");
    assert!(failed.contains(&("index gsi1".to_owned(), "is missing".to_owned())), "{failed:?}");
    let gone = run_with(&["doctor", "--endpoint", "http://127.0.0.1:1", "--json"], &[], "").await;
    assert_eq!(gone.code, 1);
    assert_eq!(self::failed(&gone).len(), 4);
}

/// What the stub of an account says of its parts.
#[derive(Clone, Copy)]
struct Account {
    lambda: &'static str,
    alarm: &'static str,
    dead_letters: &'static str,
}

const HEALTHY: Account = Account { lambda: "Active", alarm: "OK", dead_letters: "0" };

/// The resources of the stub's stack.
const RESOURCES: [(&str, &str, &str); 9] = [
    ("Table", local::stack::TABLE, "AWS::DynamoDB::Table"),
    ("TenantsTable", local::stack::TENANTS_TABLE, "AWS::DynamoDB::Table"),
    ("KeysTable", local::stack::KEYS_TABLE, "AWS::DynamoDB::Table"),
    ("Files", "files-bucket", "AWS::S3::Bucket"),
    ("FilesDeadLetters", "https://sqs.eu-central-1.amazonaws.com/1/dead", "AWS::SQS::Queue"),
    ("CursorKey", "arn:aws:secretsmanager:eu-central-1:1:secret:cursor-AbCdEf", "AWS::SecretsManager::Secret"),
    ("CreateOrderFunction", "stack-CreateOrder-1", "AWS::Lambda::Function"),
    ("EventsPipe", "stack-pipe", "AWS::Pipes::Pipe"),
    ("OrdersOnHoldAlarm", "stack-hold", "AWS::CloudWatch::Alarm"),
];

impl Account {
    /// Answers as the service for which the request is signed.
    async fn answer(self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = String::from_utf8(to_bytes(body, 100_000).await.unwrap().to_vec()).unwrap();
        let signature = parts.headers["authorization"].to_str().unwrap();
        let service = signature.split('/').nth(3).unwrap();
        assert!(parts.headers.contains_key("x-amz-date") && signature.contains("eu-central-1"), "{signature}");
        let text = match (service, parts.method.as_str(), parts.uri.path()) {
            ("cloudformation", "POST", "/") => {
                assert!(
                    body.contains("Action=ListStackResources") && body.contains("StackName=card%2Dorders"),
                    "{body}"
                );
                // Two pages.
                let (page, token) = if body.contains("NextToken") {
                    (&RESOURCES[5..], "")
                } else {
                    (&RESOURCES[..5], "<NextToken>2</NextToken>")
                };
                let member = |(logical, physical, kind): &(&str, &str, &str)| {
                    format!(
                        "<member><PhysicalResourceId>{physical}</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
                         <LogicalResourceId>{logical}</LogicalResourceId><ResourceType>{kind}</ResourceType></member>"
                    )
                };
                let members: String = page.iter().map(member).collect();
                format!("<R><StackResourceSummaries>{members}</StackResourceSummaries>{token}</R>")
            }
            ("monitoring", "POST", "/") => {
                assert!(body.contains("AlarmNames%2Emember%2E1=stack%2Dhold"), "{body}");
                let alarm = self.alarm;
                format!("<member><AlarmName>stack-hold</AlarmName><StateValue>{alarm}</StateValue></member>")
            }
            ("lambda", "GET", "/2015-03-31/functions/stack-CreateOrder-1/configuration") => {
                let secret = "arn:aws:secretsmanager:eu-central-1:1:secret:cms-AbCdEf:SecretString:key";
                let variables = json!({ "Variables": { "CMS_SECRET": secret, "TABLE_NAME": "t" } });
                json!({ "State": self.lambda, "LastUpdateStatus": "Successful", "Environment": variables }).to_string()
            }
            ("pipes", "GET", "/v1/pipes/stack-pipe") => json!({ "CurrentState": "RUNNING" }).to_string(),
            ("s3", "HEAD", "/files-bucket/") => String::new(),
            ("sqs", "POST", _) => {
                json!({ "Attributes": { "ApproximateNumberOfMessages": self.dead_letters } }).to_string()
            }
            ("secretsmanager", "POST", _) => {
                assert_eq!(parts.headers["x-amz-target"], "secretsmanager.DescribeSecret", "no value is read");
                json!({ "Name": "x" }).to_string()
            }
            other => panic!("nobody asked {other:?}"),
        };
        Response::new(text.into())
    }
}

/// Runs the command against the stub of an account, whose tables are those of a stack.
async fn doctor(service: &Service, account: Account) -> Ran {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(move |request| account.answer(request));
    let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let dynamodb = format!("http://{}", service.stack.dynamodb);
    let variables = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.as_str()),
    ];
    let ran = run_with(&["--aws", "doctor", "--stack", "card-orders", "--json"], &variables, "").await;
    server.abort();
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_of_an_account_is_looked_at() {
    let service = Arc::new(Service::start().await);
    let off = doctor(&service, HEALTHY).await;
    assert_eq!(off.code, 1);
    let want = ("stream of the table".to_owned(), "is off: no event leaves the table".to_owned());
    assert_eq!(failed(&off), [want]);
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewImage);
    let update = service.dynamodb().update_table().table_name(local::stack::TABLE);
    update.stream_specification(stream.build().unwrap()).send().await.unwrap();
    json(&service, &["tenant", "set", "GLOBEX", "--cms-profile", "bank"]).await;
    let healthy = doctor(&service, HEALTHY).await;
    assert_eq!((healthy.code, healthy.err.as_str()), (0, ""), "{}", healthy.out);
    for part in [
        "bucket files-bucket",
        "queue FilesDeadLetters",
        "secret cursor-AbCdEf",
        "secret cms-AbCdEf",
        "secret card-orders/cms/bank",
        "pipe",
    ] {
        assert!(healthy.out.contains(part), "{part}: {}", healthy.out);
    }
    let ill = doctor(&service, Account { lambda: "Failed", alarm: "ALARM", dead_letters: "2" }).await;
    assert_eq!(ill.code, 1);
    let failed = failed(&ill);
    let says: Vec<_> = failed.iter().map(|(check, says)| format!("{check}: {says}")).collect();
    let want = [
        "queue FilesDeadLetters: messages that failed for good: 2",
        "function stack-CreateOrder-1: is failed",
        "alarm stack-hold: in alarm",
    ];
    assert_eq!(says, want);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_named_only_with_an_account() {
    let service = Service::start().await;
    for arguments in [&["doctor", "--stack", "card-orders"][..], &["doctor", "--stack", "a b"]] {
        assert_eq!(run(&service, arguments).await.code, 2, "{arguments:?}");
    }
}
