//! The local stack as a process: what it answered outlives it.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::{order, order_with_file};

/// A stack of its own process, and its gateway.
async fn start(data: &Path, more: &[&str]) -> (Child, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_local-under-test"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--dynamodb",
            "127.0.0.1:0",
            "--s3",
            "127.0.0.1:0",
            "--cms",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(data)
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let gateway = loop {
        let line = lines.next_line().await.unwrap().expect("the stack says where it listens");
        if let Some(gateway) = line.trim().strip_prefix("gateway") {
            break gateway.trim().to_owned();
        }
    };
    // The rest is read, so that the stack never waits for a reader.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (process, gateway)
}

async fn post(gateway: &str, route: &str, body: &Value) -> Value {
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
        .args([
            "--listen",
            "127.0.0.1:0",
            "--dynamodb",
            "127.0.0.1:0",
            "--s3",
            "127.0.0.1:0",
            "--cms",
            "127.0.0.1:0",
            "--data",
        ])
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

/// What `sample-pgk` prints.
async fn sample(more: &[&str]) -> Vec<u8> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_local-under-test")).arg("sample-pgk").args(more).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
