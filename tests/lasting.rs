//! The local stack as a process: what it has answered survives a restart.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::{order, order_with_file};

/// Lets the system choose every port of a stack.
const ANY_PORTS: [&str; 8] =
    ["--listen", "127.0.0.1:0", "--dynamodb", "127.0.0.1:0", "--s3", "127.0.0.1:0", "--cms", "127.0.0.1:0"];

/// A stack in its own process, and its gateway.
async fn start(data: &Path, more: &[&str]) -> (Child, String) {
    let (process, gateway, _) = start_with_cms(data, more).await;
    (process, gateway)
}

/// A stack in its own process, its gateway and its simulator.
async fn start_with_cms(data: &Path, more: &[&str]) -> (Child, String, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_local-under-test"))
        .arg("serve")
        .args(ANY_PORTS)
        .arg("--data")
        .arg(data)
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut gateway = String::new();
    let cms = loop {
        let line = lines.next_line().await.unwrap().expect("the stack says where it listens");
        if let Some(address) = line.trim().strip_prefix("gateway") {
            address.trim().clone_into(&mut gateway);
        } else if let Some(address) = line.trim().strip_prefix("cms") {
            break address.split_whitespace().next().unwrap().to_owned();
        }
    };
    // The rest is read, so that the stack never waits for a reader.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (process, gateway, cms)
}

/// Calls a stack that runs as a process of its own.
pub async fn post(gateway: &str, route: &str, body: &Value) -> Value {
    let request = reqwest::Client::new().post(format!("{gateway}{route}"));
    let request = request.header("tenant", "ACME_BANK").header("content-type", "application/json");
    let text = request.body(body.to_string()).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_outlives_a_killed_stack() {
    let data = tempfile::tempdir().unwrap();
    let (mut process, gateway) = start(data.path(), &[]).await;
    for n in 0..20 {
        assert_eq!(post(&gateway, "/card-order", &order(&format!("ORD-{n}"))).await["result"], "success");
    }
    let sample = sample(&[]).await;
    let form = crate::support::form::body(&[crate::support::form::file("kits.txt", &sample)]);
    let upload = reqwest::Client::new()
        .post(format!("{gateway}/card-order/uploadFile"))
        .header("tenant", "ACME_BANK")
        .header("content-type", crate::support::form::content_type());
    assert_eq!(upload.body(form).send().await.unwrap().status(), 200);
    process.kill().await.unwrap();

    let (_process, gateway) = start(data.path(), &[]).await;
    for n in 0..20 {
        let answer = post(&gateway, "/card-order/fetchStatus", &json!({ "cardOrderId": format!("ORD-{n}") })).await;
        assert_eq!(answer["result"]["status"], "RECEIVED");
    }
    let mut body = order_with_file("ORD-F", "kits.txt");
    body["products"] = json!([{ "productId": "PROD-001", "bin": "60804012", "quantity": 3 }]);
    assert_eq!(post(&gateway, "/card-order/withFile", &body).await["result"], "success");
}

/// Returns the orders in the simulator's ledger.
async fn ledger(cms: &str) -> Vec<Value> {
    let text = reqwest::get(format!("{cms}/simulator/ledger")).await.unwrap().text().await.unwrap();
    let ledger: Value = serde_json::from_str(&text).unwrap();
    ledger["orders"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_is_killed_while_it_works_loses_nothing_and_prints_nothing_twice() {
    const ORDERS: usize = 60;
    let scripts = ["accept", "accept-then-500", "drop-before", "drop-after", "malformed"];
    let data = tempfile::tempdir().unwrap();
    let flags = ["--tick-seconds", "1", "--stuck-seconds", "1"];
    let (mut process, mut gateway, mut cms) = start_with_cms(data.path(), &flags).await;
    for n in 0..ORDERS {
        let body = crate::processing::scripted(&format!("ORD-{n}"), scripts[n % scripts.len()]);
        assert_eq!(post(&gateway, "/card-order", &body).await["result"], "success");
    }
    // Three times in the middle of it, each time further on.
    for kills in 1..=3 {
        while ledger(&cms).await.iter().filter(|entry| entry["placements"] == 1).count() < kills * ORDERS / 5 {
            tokio::task::yield_now().await;
        }
        process.kill().await.unwrap();
        (process, gateway, cms) = start_with_cms(data.path(), &flags).await;
    }
    for n in 0..ORDERS {
        let query = json!({ "cardOrderId": format!("ORD-{n}") });
        while post(&gateway, "/card-order/fetchStatus", &query).await["result"]["status"] != "SUCCESS" {
            tokio::task::yield_now().await;
        }
    }
    let ledger = ledger(&cms).await;
    assert_eq!(ledger.len(), ORDERS);
    for entry in ledger {
        assert_eq!((&entry["placements"], &entry["cards"]), (&json!(1), &json!(25)), "{entry}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shifted_clock_shows_expiry() {
    let data = tempfile::tempdir().unwrap();
    let (mut process, gateway) = start(data.path(), &[]).await;
    assert_eq!(post(&gateway, "/card-order", &order("ORD-1")).await["result"], "success");
    process.kill().await.unwrap();
    let (_process, gateway) = start(data.path(), &["--clock-offset", "31d"]).await;
    let answer = post(&gateway, "/card-order/fetchStatus", &json!({ "cardOrderId": "ORD-1" })).await;
    assert_eq!(answer["result"]["status"], "EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_stack_on_the_same_data_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let (_process, _) = start(data.path(), &[]).await;
    let second = Command::new(env!("CARGO_BIN_EXE_local-under-test"))
        .args(ANY_PORTS)
        .arg("--data")
        .arg(data.path())
        .output()
        .await
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(
        said.contains("another local stack uses this data folder; stop it, or choose another with --data"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_of_an_older_version_is_refused_and_kept() {
    for layout in [None, Some("1\n")] {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join("store.sqlite"), "older").unwrap();
        layout.inspect(|layout| std::fs::write(data.path().join("layout"), layout).unwrap());
        let mut stack = Command::new(env!("CARGO_BIN_EXE_local-under-test"));
        let output = stack.args(ANY_PORTS).arg("--data").arg(data.path()).output().await.unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("was written by an older version; remove it, or choose another with --data"), "{said}");
        assert_eq!(std::fs::read_to_string(data.path().join("store.sqlite")).unwrap(), "older");
    }
}

/// Returns what `sample-pgk` prints.
async fn sample(more: &[&str]) -> Vec<u8> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_local-under-test")).arg("sample-pgk").args(more).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
