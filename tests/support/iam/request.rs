//! What a request to DynamoDB or S3 asks IAM for.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::policy::Call;
use super::template::{bucket, table};

/// The attributes by which a table or an index is partitioned.
const PARTITION_KEYS: [&str; 5] = ["pk", "gsi1pk", "gsi2pk", "gsi3pk", "tenant"];

/// The calls that IAM judges for one request; a transaction is as many as it has parts.
pub fn calls(request: &HttpRequest) -> Vec<Call> {
    match request.headers().get("x-amz-target") {
        Some(target) => {
            let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            to_dynamodb(target.rsplit('.').next().unwrap(), &body)
        }
        None => vec![to_s3(request.method(), request.uri())],
    }
}

/// The calls for an operation of DynamoDB.
pub fn to_dynamodb(operation: &str, body: &Value) -> Vec<Call> {
    match operation {
        "TransactWriteItems" => {
            let parts = body["TransactItems"].as_array().unwrap().iter().flat_map(|part| part.as_object().unwrap());
            parts
                .map(|(kind, part)| {
                    to_item(if kind == "ConditionCheck" { "ConditionCheckItem" } else { transact(kind) }, part)
                })
                .collect()
        }
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" => vec![to_item(operation, body)],
        "Query" => vec![with_keys(on_table(operation, body), vec![queried(body)])],
        // No keys: it may touch any item.
        _ => vec![on_table(operation, body)],
    }
}

fn transact(kind: &str) -> &'static str {
    match kind {
        "Put" => "PutItem",
        "Update" => "UpdateItem",
        "Delete" => "DeleteItem",
        other => panic!("{other} is no part of a transaction"),
    }
}

fn to_item(operation: &str, body: &Value) -> Call {
    let item = if body["Item"].is_null() { &body["Key"] } else { &body["Item"] };
    let key = ["pk", "tenant"].iter().find_map(|name| item[name]["S"].as_str()).unwrap();
    with_keys(on_table(operation, body), vec![key.to_owned()])
}

fn on_table(operation: &str, body: &Value) -> Call {
    let table = table(body["TableName"].as_str().unwrap_or("*"));
    let index = body["IndexName"].as_str().map(|index| format!("/index/{index}"));
    Call::new(&format!("dynamodb:{operation}"), &format!("{table}{}", index.unwrap_or_default()))
}

fn with_keys(mut call: Call, keys: Vec<String>) -> Call {
    call.context.insert("dynamodb:LeadingKeys".to_owned(), keys);
    call
}

/// The partition that a query reads.
fn queried(body: &Value) -> String {
    let condition = body["KeyConditionExpression"].as_str().unwrap();
    let named = |word: &str| body["ExpressionAttributeNames"][word].as_str().unwrap_or(word).to_owned();
    let words: Vec<&str> = condition.split_whitespace().collect();
    let equal = words.windows(3).find(|words| words[1] == "=" && PARTITION_KEYS.contains(&named(words[0]).as_str()));
    let placeholder = equal.unwrap_or_else(|| panic!("no partition in {condition}"))[2];
    body["ExpressionAttributeValues"][placeholder]["S"].as_str().unwrap().to_owned()
}

/// The keys of indexes that a request writes.
pub fn index_keys(request: &HttpRequest) -> Vec<String> {
    let is_store = request.headers().get("x-amz-target").is_some();
    let body = request.body().bytes().filter(|_| is_store).and_then(|body| serde_json::from_slice(body).ok());
    body.map(|body| keys_within(&body)).unwrap_or_default()
}

fn keys_within(body: &Value) -> Vec<String> {
    let parts =
        body["TransactItems"].as_array().into_iter().flatten().flat_map(|part| part.as_object().unwrap().values());
    parts.chain([body]).flat_map(written).collect()
}

/// The partition keys of indexes that a put has, or that an update sets.
fn written(part: &Value) -> Vec<String> {
    let none = Map::new();
    let mut keys = Vec::new();
    for (name, value) in part["Item"].as_object().unwrap_or(&none) {
        keys.extend(value["S"].as_str().filter(|_| name.starts_with("gsi") && name.ends_with("pk")).map(str::to_owned));
    }
    let update = part["UpdateExpression"].as_str().unwrap_or_default();
    for set in update.split(" REMOVE ").next().unwrap_or_default().trim_start_matches("SET ").split(", ") {
        let Some((name, value)) = set.split_once(" = ") else { continue };
        let name = part["ExpressionAttributeNames"][name].as_str().unwrap_or(name);
        if name.starts_with("gsi") && name.ends_with("pk") {
            keys.push(part["ExpressionAttributeValues"][value]["S"].as_str().unwrap().to_owned());
        }
    }
    keys
}

/// The call for a request to the bucket, path-style.
fn to_s3(method: &str, uri: &str) -> Call {
    let path = uri.split_once("://").map_or(uri, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let key = path.split_once('/').map(|(_, key)| percent_decode_str(key).decode_utf8().unwrap().into_owned());
    let key = key.filter(|key| !key.is_empty());
    let is_versioned = query.split('&').any(|pair| pair.starts_with("versionId="));
    let action = match (method, &key) {
        ("GET" | "HEAD", Some(_)) if is_versioned => "s3:GetObjectVersion",
        ("GET" | "HEAD", Some(_)) => "s3:GetObject",
        ("GET" | "HEAD", None) => "s3:ListBucket",
        ("PUT", Some(_)) => "s3:PutObject",
        ("DELETE", Some(_)) => "s3:DeleteObject",
        other => panic!("{other:?} is not known to the gate"),
    };
    Call::new(action, &bucket(key.as_deref()))
}
