//! What operators and auditors read: the dashboard and the alarms show what exists, every function is watched, and the
//! documents name alarms and tests that are there.

use serde_json::Value;

use crate::support::iam::template::Template;
use crate::support::{read, root};

/// Metrics of AWS that are shown, by namespace.
const OF_AWS: [(&str, &[&str]); 5] = [
    ("AWS/ApiGateway", &["Count", "4XXError", "5XXError", "Latency"]),
    ("AWS/SQS", &["ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"]),
    (
        "AWS/DynamoDB",
        &["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"],
    ),
    ("AWS/EventBridge/Pipes", &["Invocations", "ExecutionFailed", "ExecutionThrottled"]),
    ("AWS/Lambda", &["Errors", "Throttles"]),
];

/// The dashboard, with its references named `x`.
pub fn dashboard(template: &str) -> Value {
    let body = template.split_once("DashboardBody: !Sub |\n").unwrap().1.split_once("\n\n").unwrap().0;
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        text.push('x');
        rest = after.split_once('}').unwrap().1;
    }
    serde_json::from_str(&(text + rest)).unwrap()
}

/// The metrics of a widget: namespace and name. An abbreviated one takes what it leaves out from the one before it.
fn metrics(widget: &Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for metric in widget["properties"]["metrics"].as_array().unwrap() {
        if let Some(search) = metric[0]["expression"].as_str() {
            let namespace = search.split_once('{').unwrap().1.split_once(',').unwrap().0;
            let name = search.split_once("MetricName=").unwrap().1.split([' ', '\'']).next().unwrap();
            found.push((namespace.to_owned(), name.to_owned()));
            continue;
        }
        let last = found.last().cloned();
        found.push(match (metric[0].as_str().unwrap(), metric[1].as_str()) {
            ("...", _) => last.unwrap(),
            (".", Some(name)) => (last.unwrap().0, name.to_owned()),
            (namespace, Some(name)) => (namespace.to_owned(), name.to_owned()),
            other => panic!("{other:?} is no metric"),
        });
    }
    found
}

#[test]
fn everything_on_the_dashboard_is_measured() {
    let template = read("template.yaml");
    let widgets = dashboard(&template)["widgets"].as_array().unwrap().clone();
    assert!(widgets.len() >= 10);
    for widget in widgets {
        for (namespace, name) in metrics(&widget) {
            let is_known = match namespace.strip_prefix("CardOrders/") {
                Some(_) => template
                    .split("MetricTransformations:")
                    .skip(1)
                    .any(|made| made.lines().take(5).any(|line| line.contains(&format!("MetricName: {name}")))),
                None => OF_AWS.iter().any(|(known, names)| *known == namespace && names.contains(&name.as_str())),
            };
            assert!(is_known, "{namespace} {name} in {}", widget["properties"]["title"]);
        }
    }
}

#[test]
fn every_function_has_its_place_in_the_alarms_on_errors_and_throttles() {
    let template = read("template.yaml");
    for stem in Template::parse(&template).functions().values() {
        for metric in ["Errors", "Throttles"] {
            let watched = format!(
                "{{ Namespace: AWS/Lambda, MetricName: {metric}, Dimensions: [{{ Name: FunctionName, Value: !Ref {stem}Function }}] }}"
            );
            let count = template.matches(&watched).count();
            assert_eq!(count, 1, "template.yaml: add {stem}Function to one of the alarms *Function{metric}Alarm");
        }
    }
    // An alarm takes ten metrics.
    for alarm in template.split("Expression: SUM(METRICS())").skip(1) {
        let count = alarm.split("\n\n").next().unwrap().matches("- Id: f").count();
        assert!((1..=10).contains(&count), "{count} metrics in an alarm: move some to another, or make one more");
    }
}

#[test]
fn every_alarm_and_every_dead_letter_queue_has_its_line_in_the_runbook() {
    let (template, runbook) = (read("template.yaml"), read("docs/operations.md"));
    let names: Vec<&str> = template
        .lines()
        .zip(template.lines().skip(1))
        .filter(|(_, next)| next.trim() == "Type: AWS::CloudWatch::Alarm" || next.trim() == "Type: AWS::SQS::Queue")
        .filter_map(|(name, _)| name.trim().strip_suffix(':'))
        .filter(|name| name.ends_with("Alarm") || name.contains("DeadLetters"))
        .collect();
    assert!(names.len() > 20);
    for name in names {
        assert!(runbook.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_row_of_the_owasp_table_names_tests_that_exist() {
    fn sources(folder: &std::path::Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut tests = String::new();
    sources(&root().join("tests"), &mut tests);
    let document = read("docs/security.md");
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| API")).collect();
    assert_eq!(rows.len(), 10);
    for row in rows {
        let shown = row.rsplit('|').nth(1).unwrap();
        let names: Vec<&str> = shown.split('`').skip(1).step_by(2).filter(|name| !name.contains(['.', '/'])).collect();
        assert!(!names.is_empty(), "{row}");
        for name in names {
            assert!(tests.contains(&format!("fn {name}(")), "{name}");
        }
    }
}
