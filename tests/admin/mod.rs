//! The administrator's commands, as a process, against the local stack.

mod account;
mod console;
mod doctor;
mod key;
mod orders;
mod products;
mod tenant;
mod usage;

use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::support::Service;

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Returns the JSON on standard output of a command that succeeded.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("not JSON: {}", self.out))
    }
}

/// Runs a command with these variables only, and this input.
pub async fn run_with(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ran {
    let mut process = Command::new(env!("CARGO_BIN_EXE_admin-under-test"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    // One that reads no input may have ended.
    stdin.write_all(input.as_bytes()).await.unwrap_or_default();
    drop(stdin);
    let output = process.wait_with_output().await.unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Ran { code: output.status.code().unwrap(), out, err }
}

/// Runs a command against a stack.
pub async fn run(service: &Service, arguments: &[&str]) -> Ran {
    let endpoint = format!("http://{}", service.stack.dynamodb);
    run_with(&[arguments, &["--endpoint", &endpoint]].concat(), &[], "").await
}

/// Returns the JSON of a command that must succeed.
pub async fn json(service: &Service, arguments: &[&str]) -> Value {
    run(service, &[arguments, &["--json"]].concat()).await.json()
}
