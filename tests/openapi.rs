//! `openapi.yaml` is what the service does: its paths, errors, examples and limits, and every call that the suite makes.

mod agreement;
mod document;
mod edges;
mod schema;

pub use agreement::{Exchange, check, check_event};

use std::collections::BTreeSet;

use lambda_http::Body;
use serde_json::Value;
use shared::api::entry::refuse;
use shared::api::{FILE_BYTES_MAX, JSON_BYTES_MAX, Route};
use shared::domain::{Faults, OrderId, Scope, Status};
use shared::error::{CmsProblem, Error, FileProblem};

use crate::support::read;
use document::{document, operations, resolved};
use schema::faults;

#[test]
fn the_paths_are_those_of_the_routes_and_of_the_template() {
    let documented: BTreeSet<&str> = operations().map(|(path, _)| path).collect();
    let routes: BTreeSet<&str> = Route::ALL.into_iter().map(Route::path).collect();
    assert_eq!(documented, routes);
    let template = read("template.yaml");
    let deployed = template.lines().filter_map(|line| line.split_once("Path: ")?.1.split_once(", Method: any"));
    assert_eq!(deployed.map(|(path, _)| path).collect::<BTreeSet<_>>(), routes);
}

#[test]
fn every_path_is_posted_to_and_names_its_operation_tag_and_scope() {
    let mut ids = BTreeSet::new();
    let scopes = document()["components"]["securitySchemes"]["credential"]["x-scopes"].as_object().unwrap();
    assert!(
        scopes.keys().map(String::as_str).collect::<BTreeSet<_>>() == BTreeSet::from(Scope::ALL.map(Scope::as_str))
    );
    let names = |list: &'static Value, key: &str| -> Vec<&'static str> {
        list.as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap()).collect()
    };
    let tags = names(&document()["tags"], "name");
    for (path, item) in document()["paths"].as_object().unwrap() {
        assert_eq!(item.as_object().unwrap().keys().collect::<Vec<_>>(), ["post"], "{path}");
        let operation = &item["post"];
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}");
        assert!(scopes.contains_key(operation["x-scope"].as_str().unwrap()), "{path}");
        assert!(tags.contains(&operation["tags"][0].as_str().unwrap()), "{path}");
        assert!(
            operation["parameters"].as_array().unwrap().iter().any(|one| resolved(one)["name"] == "tenant"),
            "{path}"
        );
        for status in ["200", "400", "401", "403", "404", "413", "415", "429", "500", "503"] {
            assert!(!operation["responses"][status].is_null(), "{path} {status}");
        }
    }
    for route in Route::ALL {
        assert_eq!(document()["paths"][route.path()]["post"]["x-scope"], route.scope().as_str(), "{}", route.path());
    }
    assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_link_leads_to_an_operation_and_fills_fields_of_its_body() {
    let mut count = 0;
    for (path, operation) in operations() {
        for (name, link) in operation["responses"]["200"]["links"].as_object().into_iter().flatten() {
            let target = operations().find(|(_, target)| target["operationId"] == link["operationId"]);
            let (_, target) = target.unwrap_or_else(|| panic!("{path}: {name}"));
            let schema = resolved(&target["requestBody"]["content"]["application/json"]["schema"]);
            for key in link["requestBody"].as_object().unwrap().keys() {
                assert!(!schema["properties"][key].is_null(), "{path}: {name}: {key}");
            }
            count += 1;
        }
    }
    assert!(count >= 10);
}

/// Every object of the document that has a schema and examples, with its place.
fn with_examples(value: &'static Value, at: &str, found: &mut Vec<(String, &'static Value, &'static Value)>) {
    let Some(entries) = value.as_object() else { return };
    let mut push = |schema, example| found.push((at.to_owned(), schema, example));
    if let Some(schema) = entries.get("schema") {
        for example in entries.get("examples").and_then(Value::as_object).into_iter().flat_map(|named| named.values()) {
            push(schema, &example["value"]);
        }
        entries.get("example").into_iter().for_each(|example| push(schema, example));
    } else if let (Some(example), Some(_)) = (entries.get("example"), entries.get("type")) {
        push(value, example);
    }
    for (key, below) in entries.iter().filter(|(key, _)| !matches!(key.as_str(), "example" | "examples" | "value")) {
        with_examples(below, &format!("{at}/{key}"), found);
    }
}

#[test]
fn every_example_is_valid() {
    let mut found = Vec::new();
    with_examples(document(), "", &mut found);
    assert!(found.len() > 90, "{}", found.len());
    for (at, schema, example) in found {
        assert_eq!(faults(document(), schema, example), [""; 0], "{at}");
    }
}

/// Every error that the code can raise.
fn errors() -> Vec<Error> {
    let source = || "a fault".into();
    let forbidden = "The credential does not allow this operation, or the request was blocked";
    let json = "application/json, in UTF-8 and without a content-encoding";
    let mut example = Faults::one("branchInfo is required");
    example.push("At least one product is required");
    vec![
        Error::Invalid(example),
        Error::Upload(Faults::one("line 3: expiry: must not be before the current month")),
        Error::NotCancellable(Status::Processed),
        Error::OrderNotFound,
        Error::KitNotFound,
        Error::DuplicateOrder,
        Error::FileUnusable(FileProblem::Missing),
        Error::FileMismatch(Faults::one("products[1].quantity is 2, the file has 1")),
        Error::NotInState { status: Status::Success, asked: "processed" },
        Error::NotDue("2026-12-01T10:00:00".parse().unwrap()),
        Error::CmsUnavailable(CmsProblem::Unanswered),
        Error::TenantMissing,
        Error::TenantUnknown,
        Error::Unauthorized,
        Error::Forbidden(forbidden),
        Error::ScopeMissing(Scope::Approvals),
        Error::SamePerson,
        Error::AwaitsApproval,
        Error::TooManyRequests,
        Error::RouteUnknown,
        Error::MethodNotAllowed,
        Error::TooLarge { bytes_max: JSON_BYTES_MAX },
        Error::TooLarge { bytes_max: FILE_BYTES_MAX },
        Error::MediaType { takes: json },
        Error::MediaType { takes: "multipart/form-data, without a content-encoding" },
        Error::Unavailable { doing: "answering", source: source() },
        Error::Unsettled { order: OrderId::generate(), doing: "answering", source: source() },
        Error::Internal { doing: "answering", source: source() },
    ]
}

#[test]
fn the_examples_of_errors_are_what_the_code_answers() {
    let responses = document()["components"]["responses"].as_object().unwrap();
    let mut documented: Vec<(u64, &Value)> = Vec::new();
    let statuses: BTreeSet<(&str, u16)> = errors()
        .into_iter()
        .map(|error| {
            let response = refuse("id", error);
            let Body::Text(body) = response.body() else { panic!("an envelope is text") };
            let body: Value = serde_json::from_str(body).unwrap();
            let name = responses.iter().find(|(_, response)| {
                let examples = response["content"]["application/json"]["examples"].as_object().unwrap();
                examples.values().any(|example| example["value"] == body)
            });
            let (name, _) = name.unwrap_or_else(|| panic!("no example of {body}"));
            (name.as_str(), response.status().as_u16())
        })
        .collect();
    for (name, response) in responses {
        for example in response["content"]["application/json"]["examples"].as_object().unwrap().values() {
            documented.push((0, &example["value"]["exception"]["errorCode"]));
        }
        assert!(statuses.iter().any(|(known, _)| known == name), "{name}");
    }
    let raised: BTreeSet<String> = errors().into_iter().map(code_of).collect();
    for (_, code) in documented {
        let code = code.as_str().unwrap();
        assert!(raised.contains(code), "{code}");
    }
    // Each stands under the status that it has.
    for (_, operation) in operations() {
        for (status, response) in
            operation["responses"].as_object().unwrap().iter().filter(|(status, _)| *status != "200")
        {
            let name = response["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            let real = statuses.iter().find(|(known, _)| *known == name).map(|(_, status)| *status).unwrap();
            assert_eq!(*status, real.to_string(), "{name}");
        }
    }
}

fn code_of(error: Error) -> String {
    let Body::Text(body) = refuse("id", error).into_body() else { panic!("an envelope is text") };
    let body: Value = serde_json::from_str(&body).unwrap();
    body["exception"]["errorCode"].as_str().unwrap().to_owned()
}

#[test]
fn the_statuses_are_those_of_the_code() {
    let documented = document()["components"]["schemas"]["Status"]["enum"].as_array().unwrap();
    assert_eq!(documented.iter().filter_map(Value::as_str).collect::<Vec<_>>(), Status::ALL.map(Status::as_str));
    let upload = &operations().find(|(path, _)| *path == "/card-order/uploadFile").unwrap().1["requestBody"]["content"];
    let file = &upload["multipart/form-data"]["schema"]["properties"]["file"];
    assert_eq!(file["maxLength"], FILE_BYTES_MAX);
    let sentences = &document()["components"]["schemas"]["Sentences"];
    assert_eq!(sentences["maxItems"], Faults::KEPT_MAX + 1);
}
