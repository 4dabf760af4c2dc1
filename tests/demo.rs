//! `cargo run -- demo` as a process, and the line that the gateway writes for each call.

use std::collections::BTreeSet;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;

use crate::lasting::post;

const ANY_PORTS: [&str; 8] =
    ["--listen", "127.0.0.1:0", "--dynamodb", "127.0.0.1:0", "--s3", "127.0.0.1:0", "--cms", "127.0.0.1:0"];

fn demo(more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local-under-test"));
    command.arg("demo").args(ANY_PORTS).args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_has_every_state_and_each_call_is_one_line_without_what_was_sent() {
    let mut process = demo(&[]).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut said = String::new();
    while !said.contains("Logs follow") {
        said.push_str(&lines.next_line().await.unwrap().expect("the stack says where it listens"));
        said.push('\n');
    }
    let gateway = said.lines().find_map(|line| line.trim().strip_prefix("gateway")).unwrap().trim();
    let origin = gateway.strip_suffix("/v1").unwrap();
    assert!(said.contains(&format!("{origin}/console/")) && said.contains(&format!("{origin}/docs")), "{said}");

    let mut statuses = BTreeSet::new();
    for status in ["RECEIVED", "PENDING", "PROCESSED", "FAILED", "EXPIRED"] {
        let listed = post(gateway, "/card-order/list", &json!({ "status": status })).await;
        statuses.extend(listed["result"].as_array().unwrap().iter().map(|row| row["status"].to_string()));
    }
    let branch = post(gateway, "/card-order/list", &json!({ "branchId": "BLR-0417" })).await;
    statuses.extend(branch["result"].as_array().unwrap().iter().map(|row| row["status"].to_string()));
    let want = ["CANCELLED", "EXPIRED", "FAILED", "PENDING", "PROCESSED", "RECEIVED", "SUCCESS"];
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), want.map(|status| format!("\"{status}\"")));
    let groups = post(gateway, "/card-order/attention", &json!({})).await;
    let groups = groups["result"].as_array().unwrap();
    assert!(groups.iter().all(|group| group["count"] != 0), "{groups:#?}");
    let id = branch["result"][0]["cardOrderId"].as_str().unwrap();
    post(gateway, "/card-order/fetchStatus", &json!({ "cardOrderId": id })).await;
    post(gateway, "/what-was-sent", &json!({ "note": "what-was-sent" })).await;

    let mut errors = process.stderr.take().unwrap();
    process.kill().await.unwrap();
    let mut log = String::new();
    errors.read_to_string(&mut log).await.unwrap();
    let line = log.lines().find(|line| line.contains("POST /card-order/fetchStatus")).unwrap();
    assert!(line.contains("status=200 ms=") && line.contains(&format!("tenant=ACME_BANK order.id=\"{id}\"")), "{line}");
    assert!(log.contains("POST (unknown path) status=404") && !log.contains("what-was-sent"), "{log}");
    let of_lists = log.lines().filter(|line| line.contains("list") || line.contains("answered"));
    assert_eq!(of_lists.count(), 6, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_keeps_nothing_and_needs_no_key() {
    for flags in [&["--data", "kept"][..], &["--authorize"], &["--rate", "5"], &["--cms-url", "http://127.0.0.1:1"]] {
        let ended = demo(flags).output().await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && said.contains(&format!("a demo cannot have {}", flags[0])), "{said}");
    }
}
