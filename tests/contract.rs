//! Every function is complete, and CONTRIBUTING.md says what that takes.

use std::collections::BTreeSet;
use std::fs;

use shared::api::Route;

use crate::architecture::all_sources;
use crate::events::{EVENTS, OTHERS};
use crate::support::{read, root};

/// The names of what is in a folder.
pub fn names(folder: &str) -> Vec<String> {
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

/// Returns the places that lack something of a function with these routes.
fn lacking(function: &str, paths: &[&str]) -> BTreeSet<String> {
    let (camel, snake) = (camel_case(function), function.replace('-', "_"));
    let has_routes = !paths.is_empty();
    let package = format!("\n{function}.workspace = true\n");
    let mut parts: Vec<(String, String)> = vec![
        (format!("functions/{function}/Cargo.toml"), format!("name = \"{function}\"")),
        (format!("functions/{function}/src/main.rs"), "async fn main()".to_owned()),
        (format!("functions/{function}/src/lib.rs"), "pub async fn handle".to_owned()),
        ("Cargo.toml".to_owned(), format!("path = \"functions/{function}\"")),
        ("local/Cargo.toml".to_owned(), package.clone()),
        ("local/src/handlers.rs".to_owned(), format!("{snake}::")),
        ("template.yaml".to_owned(), format!("\n  {camel}Function:\n")),
        ("template.yaml".to_owned(), format!("\n  {camel}Role:\n")),
        (format!("events/{function}.json"), "{".to_owned()),
        ("tests/events.rs".to_owned(), format!("\n    \"{function}\",\n")),
        ("tests/sam-local.sh".to_owned(), format!("\n{camel}Function ")),
        ("tests/Cargo.toml".to_owned(), package),
        ("tests/Cargo.toml".to_owned(), format!("name = \"bootstrap-{function}\"")),
        ("README.md".to_owned(), format!("\n| `{function}` |")),
        ("docs/architecture.md".to_owned(), function.to_owned()),
    ];
    let mut add = |place: &str, part: String| parts.push((place.to_owned(), part));
    add(if has_routes { "tests/api/mod.rs" } else { "tests/main.rs" }, format!("\nmod {snake};\n"));
    add(&format!("tests/{}{snake}.rs", if has_routes { "api/" } else { "" }), "//! ".to_owned());
    if has_routes {
        add("shared/src/api/routes.rs", format!("\"{function}\"\n"));
        add("template.yaml", format!("\n  {camel}Data:\n"));
    } else {
        add("shared/src/runtime/logging.rs", format!("\"{snake}\""));
    }
    for path in paths {
        add("shared/src/api/routes.rs", format!("\"{path}\" "));
        add("template.yaml", format!("Path: {path}, Method: any"));
        add("openapi.yaml", format!("\n  {path}:\n"));
        add("README.md", format!("`{path}`"));
        add("docs/api.md", format!("\n| `{path}`"));
    }
    let is_there =
        |place: &str, part: &str| fs::read_to_string(root().join(place)).is_ok_and(|text| text.contains(part));
    parts.into_iter().filter(|(place, part)| !is_there(place, part)).map(|(place, _)| place).collect()
}

#[test]
fn every_function_has_what_belongs_to_it() {
    let template = read("template.yaml");
    for function in &names("functions") {
        let of_function = |route: &Route| route.function().name() == function;
        let paths: Vec<&str> = Route::ALL.into_iter().filter(of_function).map(Route::path).collect();
        assert_eq!(lacking(function, &paths), BTreeSet::new(), "{function}: see CONTRIBUTING.md, \"Add a function\"");
        let camel = camel_case(function);
        let resource = template.split_once(&format!("\n  {camel}Function:\n")).unwrap().1.split_once("\n\n").unwrap().0;
        let calls_cms = read(&format!("functions/{function}/src/main.rs")).contains("sandbox.processing(");
        assert_eq!(resource.contains("CmsVariables"), calls_cms, "{function}: the environment of the CMS");
        // A metric filter sees one log group.
        assert_eq!(resource.contains("ProcessingLogging"), calls_cms, "{function}: its log");
        assert_eq!(resource.contains("LogGroup: !Ref IngestionLog"), function == "ingest-file", "{function}: its log");
    }
}

#[test]
fn contributing_names_each_place_that_a_new_function_lacks() {
    let guide = read("CONTRIBUTING.md");
    let (_, table) = guide.split_once("\n## Add a function\n").unwrap();
    let rows =
        table.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| line.starts_with('|'));
    let (mut places, mut tests) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let quoted =
            |column: usize| row.split('|').nth(column).unwrap().split('`').skip(1).step_by(2).map(str::to_owned);
        places.extend(quoted(2));
        tests.extend(quoted(4));
    }
    assert_eq!(places, lacking("close-order", &["/card-order/close"]));
    let sources: String = all_sources().into_iter().map(|(_, text)| text).collect();
    assert!(tests.len() > 3);
    for test in tests {
        assert!(sources.contains(&format!("fn {test}(")), "{test}");
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
    let mut events: Vec<String> = EVENTS.iter().chain(OTHERS).map(|event| format!("{event}.json")).collect();
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
