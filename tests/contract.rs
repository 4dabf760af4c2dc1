//! Every function is complete: a resource, a log, a route, example events, tests, a row in the README.

use std::fs;

use shared::api::Route;

use crate::events::{EVENTS, OTHERS};
use crate::support::{read, root};

fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn camel_case(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[test]
fn every_function_has_what_belongs_to_it() {
    let (template, readme, ci) = (read("template.yaml"), read("README.md"), read("tests/Cargo.toml"));
    let functions = names("functions");
    assert!(!functions.is_empty());
    for function in &functions {
        let camel = camel_case(function);
        assert!(template.contains(&format!("\n  {camel}Function:\n")), "{function}: a resource");
        let resource = template.split_once(&format!("\n  {camel}Function:\n")).unwrap().1.split_once("\n\n").unwrap().0;
        let calls_cms = read(&format!("functions/{function}/src/main.rs")).contains("sandbox.processing(");
        assert_eq!(resource.contains("CmsVariables"), calls_cms, "{function}: the environment of the CMS");
        // A metric filter sees one log group.
        assert_eq!(resource.contains("ProcessingLogging"), calls_cms, "{function}: its log");
        assert_eq!(resource.contains("LogGroup: !Ref IngestionLog"), function == "ingest-file", "{function}: its log");
        assert!(readme.contains(&format!("`{function}`")), "{function}: a row in the README");
        assert!(ci.contains(&format!("bootstrap-{function}")), "{function}: a binary under test");
        assert!(
            EVENTS.iter().map(|(event, _)| *event).chain(OTHERS).any(|event| event.starts_with(function.as_str())),
            "{function}: an example event"
        );
        let tests = format!("{}.rs", function.replace('-', "_"));
        let has_tests = ["tests/api", "tests"].iter().any(|folder| root().join(folder).join(&tests).exists());
        assert!(has_tests, "{function}: tests");
    }
}

#[test]
fn every_example_event_is_used_and_every_route_deployed() {
    let template = read("template.yaml");
    for route in Route::ALL {
        let route = route.path();
        assert!(template.contains(&format!("Path: {route}, Method: any")), "{route}");
    }
    assert_eq!(template.matches("Method: any }").count(), Route::ALL.len());
    let mut events: Vec<String> = EVENTS.iter().map(|(event, _)| format!("{event}.json")).collect();
    events.extend(OTHERS.iter().map(|event| format!("{event}.json")));
    events.push("env.json".to_owned());
    events.sort();
    assert_eq!(events, names("events"));
}

#[test]
fn the_environment_of_sam_local_sets_only_what_the_template_declares() {
    let template = read("template.yaml");
    let env: serde_json::Value = serde_json::from_str(&read("events/env.json")).unwrap();
    for name in env["Parameters"].as_object().unwrap().keys() {
        let is_declared = template.lines().any(|line| line.trim_start().starts_with(&format!("{name}: ")));
        assert!(is_declared, "{name}");
    }
}

#[test]
fn every_crate_of_ours_may_log() {
    let targets = shared::runtime::targets(tracing::Level::DEBUG);
    for name in names("functions").into_iter().chain(["shared", "local", "admin"].map(str::to_owned)) {
        assert!(targets.would_enable(&name.replace('-', "_"), &tracing::Level::DEBUG), "{name}");
    }
    // It would log bodies.
    assert!(!targets.would_enable("aws_smithy_runtime", &tracing::Level::WARN));
}

#[test]
fn cargo_run_is_the_local_stack() {
    assert!(read("Cargo.toml").contains("\ndefault-members = [\"local\"]"));
}
