//! The alarms that the template makes of log lines: every filter pattern matches lines that are really logged.

use std::io::Write;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue::S;
use futures_util::future::BoxFuture;
use serde_json::Value;
use shared::cms::{Cms, CmsOutcome, Trouble};
use shared::deadline::Deadline;
use shared::domain::{CmsKey, CmsOrder, CmsProgress, Fact};
use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::prelude::*;

use crate::dashboard::dashboard;
use crate::processing::{A_WHILE, scripted};
use crate::support::wire::Wire;
use crate::support::{Service, order, pgk, read};
use crate::work_due::{ACME, turn};

/// A metric filter of the template.
struct MetricFilter {
    pattern: String,
    metric: String,
    value: String,
}

/// A comparison in a pattern: field, operator, operand.
struct Comparison<'a>(&'a str, &'a str, &'a str);

impl MetricFilter {
    fn parse(resource: &str) -> Self {
        let (pattern, metric) = resource.split_once("FilterPattern:").unwrap().1.split_once("MetricTrans").unwrap();
        let after = |key: &str| metric.split_once(key)?.1.split(['\n', ' ', ',']).next();
        Self {
            pattern: pattern.split_whitespace().collect::<Vec<_>>().join(" "),
            metric: after("MetricName: ").unwrap().to_owned(),
            value: after("MetricValue: ").unwrap_or_default().to_owned(),
        }
    }

    /// The alternatives of the pattern: a line matches where all comparisons of one hold.
    fn alternatives(&self) -> impl Iterator<Item = Vec<Comparison<'_>>> {
        let inner = self.pattern.split_once('{').unwrap().1.rsplit_once('}').unwrap().0;
        inner.split("||").map(|alternative| alternative.split("&&").map(Comparison::parse).collect())
    }
}

impl<'a> Comparison<'a> {
    fn parse(text: &'a str) -> Self {
        let mut words = text.trim_matches([' ', '(', ')']).splitn(3, ' ');
        let mut word = || words.next().unwrap();
        Self(word().strip_prefix("$.").unwrap(), word(), word())
    }

    fn holds(&self, line: &Value) -> bool {
        let Self(field, operator, operand) = self;
        let operand: Value = serde_json::from_str(operand).unwrap();
        match *operator {
            // Any text.
            "=" if operand == "*" => line[field].is_string(),
            "=" => line[field] == operand,
            ">=" => line[field].as_f64() >= operand.as_f64() && line[field].is_number(),
            other => panic!("{other} is not known to this test"),
        }
    }
}

/// Gives the same answer to every call until it is given another one.
#[derive(Debug)]
struct Monotone(Mutex<CmsOutcome>);

impl Monotone {
    fn answer(&self, outcome: CmsOutcome) {
        *self.0.lock().unwrap() = outcome;
    }

    fn outcome(&self) -> BoxFuture<'_, CmsOutcome> {
        Box::pin(std::future::ready(self.0.lock().unwrap().clone()))
    }
}

impl Cms for Monotone {
    fn place<'a>(&'a self, _: &'a CmsOrder) -> BoxFuture<'a, CmsOutcome> {
        self.outcome()
    }

    fn status<'a>(&'a self, _: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        self.outcome()
    }

    fn void<'a>(&'a self, _: &'a CmsKey) -> BoxFuture<'a, CmsOutcome> {
        self.outcome()
    }
}

/// The log, as on Lambda.
#[derive(Clone, Default)]
pub struct Logged(Arc<Mutex<Vec<u8>>>);

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Logged {
    /// Begins to log to it, in this thread.
    pub fn start(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let lines = shared::runtime::JsonLines(move || writer.clone());
        let lines = lines.with_filter(shared::runtime::targets(Level::INFO));
        // A call site that another thread meets first, without a subscriber, would stay silent for this one, too.
        tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap_or_default();
        tracing::subscriber::set_default(tracing_subscriber::registry().with(lines))
    }

    pub fn lines(&self) -> Vec<Value> {
        let log = self.0.lock().unwrap();
        log.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }
}

/// Makes the stored lines of an order unreadable.
async fn break_order(service: &Service, id: &str) {
    let update = service.dynamodb().update_item().table_name(local::stack::TABLE).update_expression("SET ln = :v");
    let update = update.key("pk", S(format!("T#ACME_BANK#O#{id}"))).key("sk", S("#".to_owned()));
    update.expression_attribute_values(":v", S("no lines".to_owned())).send().await.unwrap();
}

/// Makes everything happen once that raises an alarm.
async fn trouble() {
    let (service, clock) = Service::start_with_clock().await;
    let rejected = CmsOutcome::Misconfigured(Trouble::Status(401));
    let cms = Arc::new(Monotone(rejected.into()));
    let app = |attempts_max| Wire::counting().app_with(&service.stack, clock.as_clock(), cms.clone(), attempts_max);

    // It rejects our calls, and the breaker opens; a probe is rejected too.
    let breaker = app(10);
    assert!(service.create(order("PENDING")).await.is_ok());
    assert!(turn(&breaker, &[ACME]).await.is_empty());
    assert!(service.create(scripted("RECEIVED", "accept")).await.is_ok());
    for _ in 0..2 {
        clock.advance(A_WHILE);
        assert!(turn(&breaker, &[ACME]).await.is_empty());
    }

    // It accepts both orders, finishes a line, forgets them, and then reports both as failed.
    let patient = app(10);
    let mut fact = Fact::whole(CmsProgress::Accepted);
    fact.lines.push((2, CmsProgress::Success));
    for outcome in [CmsOutcome::Fact(fact), CmsOutcome::NotKnown, CmsOutcome::Fact(Fact::whole(CmsProgress::Failed))] {
        cms.answer(outcome);
        assert!(turn(&patient, &[ACME]).await.is_empty());
        clock.advance(A_WHILE);
    }

    // It does not answer for an order, and cannot void it.
    let hasty = app(1);
    assert!(service.create(order("HELD")).await.is_ok());
    for outcome in [CmsOutcome::Unknown(Trouble::Timeout), CmsOutcome::NoVoid] {
        cms.answer(outcome);
        assert!(turn(&hasty, &[ACME]).await.is_empty());
        clock.advance(A_WHILE);
    }

    // An order cannot be read, a drop is a file, and another is rejected.
    assert!(service.create(order("BROKEN")).await.is_ok());
    break_order(&service, "BROKEN").await;
    assert!(turn(&patient, &[ACME]).await.is_empty());
    service.stack.pause_queue();
    let drop = crate::ingest_file::dropped(&service, "kits.txt", &pgk("valid-3.txt"), 1).await;
    let stray = crate::ingest_file::event("t/NOBODY/inbox/kits.txt", "v", 1);
    assert!(crate::ingest_file::deliver(&patient, &[drop, stray], &Deadline::never()).await.is_empty());
}

/// A line of the access log, with this status.
fn access_log(template: &str, status: u16) -> Value {
    let format = template.split_once("        Format: >-\n").unwrap().1.split_once("}\n").unwrap().0;
    let filled = format.replace("$context.status", &status.to_string()).replace("$context.", "");
    serde_json::from_str(&format!("{filled}}}")).unwrap()
}

#[tokio::test]
async fn every_filter_pattern_matches_lines_that_are_logged() {
    let logged = Logged::default();
    let guard = logged.start();
    Box::pin(trouble()).await;
    drop(guard);

    let mut lines = logged.lines();
    let template = read("template.yaml");
    lines.extend([401, 429].map(|status| access_log(&template, status)));
    let filters: Vec<_> = template.split("Type: AWS::Logs::MetricFilter").skip(1).map(MetricFilter::parse).collect();
    assert!(filters.len() >= 8);
    for filter in &filters {
        for alternative in filter.alternatives() {
            let matched: Vec<_> =
                lines.iter().filter(|line| alternative.iter().all(|comparison| comparison.holds(line))).collect();
            assert!(!matched.is_empty(), "no line for {}", filter.pattern);
            // A value that is read from the line is more than nothing at least once.
            if let Some(field) = filter.value.strip_prefix("$.") {
                assert!(matched.iter().any(|line| line[field].as_f64() > Some(0.0)), "{field}: {matched:#?}");
            }
        }
        let is_watched = template.contains(&format!("MetricName: {}\n", filter.metric));
        let is_shown = dashboard(&template).to_string().contains(&filter.metric);
        assert!(is_watched || is_shown, "{}: an alarm, or a place on the dashboard", filter.metric);
    }
}
