//! What the functions log: enough to find a request, and nothing that was sent.

use serde_json::{Value, json};

use crate::support::runtime_api::Function;
use crate::support::{Options, Service, options, order};

const SECRETS: [&str; 5] = ["Secret Street", "600040", "Jane Doe", "4111111111111111", "confidential"];

/// Starts a function with the most verbose log level.
async fn start(service: &Service, binary: &str) -> Function {
    start_with(service, binary, &[]).await
}

/// The same with more variables.
async fn start_with(service: &Service, binary: &str, more: &[(&str, &str)]) -> Function {
    let (dynamodb, s3) = (format!("http://{}", service.stack.dynamodb), format!("http://{}", service.stack.s3));
    let mut variables = vec![
        ("TABLE_NAME", local::stack::TABLE),
        ("BUCKET_NAME", local::stack::BUCKET),
        ("TENANT_MODE", "header"),
        ("QUEUE_URL", "http://127.0.0.1:9/queue"),
        ("LOG_LEVEL", "TRACE"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", local::stack::CREDENTIAL),
        ("AWS_SECRET_ACCESS_KEY", local::stack::CREDENTIAL),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.as_str()),
        ("AWS_ENDPOINT_URL_S3", s3.as_str()),
    ];
    variables.extend(more);
    Function::start(binary, &variables).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_level_logs_a_body_a_name_an_address_or_a_card_number() {
    let service = Service::start().await;
    let mut function = start(&service, env!("CARGO_BIN_EXE_bootstrap-create-order")).await;
    let mut full = order("ORD-1");
    full["address"] = "1 Secret Street".into();
    full["pinCode"] = "600040".into();
    full["orderingPartyInfo"] = json!({ "orderingPartyId": "C-1", "orderingPartyName": "Jane Doe" });
    full["metaValues"] = json!({ "note": "confidential" });
    let mut refused = full.clone();
    refused["metaValues"]["pan"] = "4111111111111111".into();
    for (body, want) in [(full.clone(), 200), (refused, 400), (full, 200)] {
        let event = json!({
            "httpMethod": "POST",
            "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": ["application/json"] },
            "requestContext": { "requestId": "req-4711" },
            "body": body.to_string(),
        });
        assert_eq!(function.invoke(&event.to_string()).await["statusCode"], want);
    }
    let log = function.killed().await;
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["answered", "refused", "answered"], "one line per call");
    let [placed, refused, replayed] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((&placed["from"], &placed["to"]), (&json!("NONE"), &json!("RECEIVED")));
    assert!(refused["from"].is_null() && replayed["from"].is_null());
    assert!(lines.iter().all(|line| line["request.id"] == "req-4711" && line["tenant"] == "ACME_BANK"));
    assert_eq!((&placed["order.id"], &replayed["order.id"]), (&json!("ORD-1"), &json!("ORD-1")));
    for (line, value) in log.lines().zip(&lines) {
        let message = &value["message"];
        for name in value.as_object().unwrap().keys() {
            assert_eq!(line.matches(&format!(r#""{name}":"#)).count(), 1, "{name} in {line}");
        }
        println!("a call that is {message} logs {} bytes", line.len() + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_that_is_not_taken_is_a_warning_that_the_alarm_counts_and_that_names_no_key() {
    let service = Service::start().await;
    let mut function = start(&service, env!("CARGO_BIN_EXE_bootstrap-ingest-file")).await;
    for key in
        ["t/ACME_BANK/inbox/Jane Doe.txt", "t/ACME_BANK/inbox/4111111111111111.txt", "t/NOBODY/inbox/Jane Doe.txt"]
    {
        let message = crate::ingest_file::event(&key.replace(' ', "+"), "v", 1);
        let event = json!({ "Records": [{ "messageId": "1", "body": message }] });
        assert_eq!(function.invoke(&event.to_string()).await["batchItemFailures"], json!([]));
    }
    let log = function.killed().await;
    assert!(SECRETS.iter().all(|secret| !log.contains(secret)));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let warnings: Vec<_> = lines.iter().filter(|line| line["level"] == "WARN").collect();
    assert!(warnings.len() == 3 && warnings.iter().all(|line| line["message"] == "drop not taken"), "{warnings:?}");
    assert!(crate::support::read("template.yaml").contains(r#"'{ $.message = "drop not taken" }'"#));
}

/// Starts a service that always gives this answer.
async fn stub(status: u16, content_type: &'static str, body: &'static str) -> String {
    let answer = move || async move {
        (axum::http::StatusCode::from_u16(status).unwrap(), [("content-type", content_type)], body)
    };
    let listener = tokio::net::TcpListener::bind(crate::support::ANY_PORT).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    url
}

fn request(resource: &str, content_type: &str, body: &str) -> String {
    json!({
        "httpMethod": "POST",
        "resource": resource,
        "multiValueHeaders": { "tenant": ["ACME_BANK"], "content-type": [content_type] },
        "requestContext": { "requestId": "req-4711" },
        "body": body,
    })
    .to_string()
}

/// Sends events to a function. Returns what it logged and reported.
async fn said(mut function: Function, events: &[String]) -> String {
    let mut said = String::new();
    for event in events {
        said += &function.try_invoke(event).await.unwrap_or_else(|error| error);
    }
    said + &function.killed().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_not_quoted_wherever_it_stands() {
    use aws_sdk_dynamodb::types::AttributeValue;
    // Processes of their own have the machine's clock.
    let service = Service::start_with(Options { clock: shared::clock::Clock::system(), ..options() }).await;
    let put = async |id: &str, name: &str, value: AttributeValue| {
        assert!(service.create(order(id)).await.is_ok());
        let update = service.dynamodb().update_item().table_name(local::stack::TABLE);
        let update = update.key("pk", AttributeValue::S(format!("T#ACME_BANK#O#{id}")));
        let update = update.key("sk", AttributeValue::S("#".to_owned())).update_expression("SET #n = :v");
        update.expression_attribute_names("#n", name).expression_attribute_values(":v", value).send().await.unwrap();
    };
    let text = |text: &str| AttributeValue::S(text.to_owned());
    // The stored body, and attributes, of another shape.
    put("BODY", "bd", text(r#"{"branch":{"id":"1","name":"Jane Doe"},"address":["1 Secret Street"]}"#)).await;
    put("LINES", "ln", text("Jane Doe")).await;
    put("STATUS", "st", text("Jane Doe")).await;
    let asked = |route: &str, id: &str| request(route, "application/json", &json!({ "cardOrderId": id }).to_string());
    let cms = format!("http://{}", service.stack.cms);
    let process = start_with(&service, env!("CARGO_BIN_EXE_bootstrap-process-order"), &[("CMS_URL", &cms)]).await;
    let events = ["BODY", "LINES", "STATUS"].map(|id| asked("/card-order/process", id));
    let stored = said(process, &events).await;
    assert_eq!(stored.matches("internal.error").count(), 3, "{stored}");

    // What the card management system answers.
    assert!(service.create(order("CMS")).await.is_ok());
    let garbled =
        stub(200, "application/json", r#"{"key":"ACME_BANK:CMS","status":"Jane Doe","lines":"Secret Street"}"#).await;
    let process = start_with(&service, env!("CARGO_BIN_EXE_bootstrap-process-order"), &[("CMS_URL", &garbled)]).await;
    let answered = said(process, &[asked("/card-order/process", "CMS")]).await;
    assert!(answered.contains("ORD009"), "{answered}");

    // What the store answers.
    let body = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"Jane Doe is no item"}"#;
    let store = stub(400, "application/x-amz-json-1.0", body).await;
    let broken = stub(200, "application/x-amz-json-1.0", r#"{"Item":"Jane Doe"}"#).await;
    let mut from_store = String::new();
    for url in [store, broken] {
        let there = [("AWS_ENDPOINT_URL_DYNAMODB", url.as_str())];
        let create = start_with(&service, env!("CARGO_BIN_EXE_bootstrap-create-order"), &there).await;
        from_store += &said(create, &[request("/card-order", "application/json", "{}")]).await;
    }
    assert!(from_store.contains("internal.error") && from_store.contains("service.unavailable"), "{from_store}");

    // Requests and events of another shape.
    let create = start(&service, env!("CARGO_BIN_EXE_bootstrap-create-order")).await;
    let requests = said(
        create,
        &[
            request("/card-order", "application/json", r#"{"address": "1 Secret Street", "orderId": Jane Doe}"#),
            json!({ "headers": { "Jane Doe": ["Secret Street"] } }).to_string(),
            json!({ "body": { "Jane Doe": "Secret Street" } }).to_string(),
            json!({ "requestContext": "Jane Doe" }).to_string(),
        ],
    )
    .await;
    assert!(requests.contains("JSON of another shape") && requests.contains("body is not valid JSON"), "{requests}");
    let upload = start(&service, env!("CARGO_BIN_EXE_bootstrap-upload-file")).await;
    let part = "--X\r\nContent-Disposition: form-data; name=Jane Doe; filename=\"Secret Street\"\r\nContent-Type: Jane Doe\r\n\r\nx";
    let form = said(upload, &[request("/card-order/uploadFile", "multipart/form-data; boundary=X", part)]).await;

    // Messages.
    let message = |body: &str| json!({ "Records": [{ "messageId": "1", "body": body }] }).to_string();
    let ingest = start(&service, env!("CARGO_BIN_EXE_bootstrap-ingest-file")).await;
    let bodies =
        [r#"{"Records":"Jane Doe"}"#, r#"{"Records":[{"Jane Doe":1}]}"#, "Jane Doe", r#"{"key":["Secret Street"]}"#];
    let ingested = said(ingest, &bodies.map(message)).await;
    let due = start_with(&service, env!("CARGO_BIN_EXE_bootstrap-work-due"), &[("CMS_URL", &cms)]).await;
    let worked =
        said(due, &[r#"{"tenant":"Jane Doe"}"#, r#"{"tenant":{"Jane Doe":1}}"#, "Secret Street"].map(message)).await;
    assert!(ingested.contains("goes back to the queue") && worked.contains("goes back to the queue"));

    for said in [stored, answered, from_store, requests, form, ingested, worked] {
        for secret in SECRETS {
            let place = said.find(secret).map(|at| &said[at.saturating_sub(200)..at + secret.len()]);
            assert_eq!(place, None, "{secret} was said");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_level_logs_a_credential_or_a_part_of_one() {
    let service = Service::start().await;
    let more = [
        ("KEYS_TABLE_NAME", local::stack::KEYS_TABLE),
        ("JWT_ISSUER", "https://login.bank.example/"),
        ("JWT_AUDIENCE", "card-orders"),
        // Nobody listens there.
        ("JWT_JWKS_URL", "https://127.0.0.1:9/keys"),
    ];
    let mut function = start_with(&service, env!("CARGO_BIN_EXE_bootstrap-authorize"), &more).await;
    let key = crate::authorize::issue(&service, "ACME_BANK", "maker", "orders").await;
    let mut event: Value = serde_json::from_str(&crate::support::read("events/authorize.json")).unwrap();
    let mut credentials = vec![key];
    for name in ["authorize", "authorize-denied", "authorize-token"] {
        let example: Value = serde_json::from_str(&crate::support::read(&format!("events/{name}.json"))).unwrap();
        credentials.push(example["headers"]["authorization"].as_str().unwrap().to_owned());
    }
    for credential in &credentials {
        event["multiValueHeaders"]["authorization"] = json!([credential]);
        // Allowed, denied, denied, and an issuer that cannot be asked.
        function.try_invoke(&event.to_string()).await.unwrap_or_default();
    }
    let unreadable = format!(r#"{{"headers": {{"authorization": ["{}"]}}}}"#, credentials[0]);
    function.try_invoke(&unreadable).await.unwrap_or_default();
    let log = function.killed().await;
    assert!(log.contains(r#""message":"allowed""#) && log.contains(r#""principal":"maker""#), "{log}");
    assert_eq!(log.matches(r#""message":"denied""#).count(), 2, "{log}");
    for credential in &credentials {
        let parts = credential.trim_start_matches("Bearer ").split(['_', '.']);
        for part in parts.filter(|part| part.len() > 12) {
            assert!(!log.contains(&part[..12]), "a part of a credential is in the log: {log}");
        }
    }
}
