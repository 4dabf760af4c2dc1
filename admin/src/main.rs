//! `cargo run -p admin`: the administrator's commands.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    admin::run(std::env::args_os()).await
}
