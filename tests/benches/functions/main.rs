//! How long the functions take: starts the release binary of each function behind the API again and again, calls it, and
//! prints the medians. Docs: docs/performance.md.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and fails loudly"
)]

#[path = "../../support/kits.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod kits;
mod measure;
#[path = "../../support/runtime_api.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod runtime_api;
mod store;
mod story;
#[path = "../../support/tls.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod tls;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, value_parser};
use jiff::Timestamp;
use local::stack::{Options, Stack};
use tokio::net::TcpListener;

use measure::{DECIMALS, HEADINGS, Sample, quantile};
use store::Recording;
use story::STORY;

/// A port that the system chooses.
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Starts and calls of the functions' release binaries. Build them first: `make release`.
#[derive(Parser)]
struct Arguments {
    /// How often each binary is started
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = value_parser!(u32).range(1..))]
    starts: u32,
    /// How often it is called after the first call of each start
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = value_parser!(u32).range(1..))]
    calls: u32,
    /// Folders of binaries, from the project's root
    #[arg(value_name = "NAME=FOLDER", default_value = "this=target/release")]
    folders: Vec<String>,
    /// Cargo adds it
    #[arg(long, hide = true)]
    bench: bool,
}

/// The binaries of one folder, and all that they call.
struct Build {
    name: String,
    folder: PathBuf,
    recording: Recording,
    variables: Vec<(&'static str, String)>,
    _parts: (Stack, tls::Authority),
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Records the story with each build, then lets them take turns.
async fn measure(Arguments { starts, calls, folders, bench: _ }: Arguments) -> Result<(), String> {
    let mut builds = Vec::new();
    for folder in &folders {
        let (name, folder) = folder.split_once('=').unwrap_or((folder, folder));
        builds.push(Build::start(name.to_owned(), root().join(folder)).await);
    }
    let mut rows = Vec::new();
    for event in STORY.split(' ') {
        for build in &builds {
            build.run(event, 2).await?;
            rows.push((event, build, Vec::new()));
        }
    }
    for _ in 0..starts {
        for (event, build, samples) in &mut rows {
            samples.push(build.run(event, 1 + calls as usize).await?);
        }
    }
    println!("medians of {starts} starts with {calls} warm calls each");
    println!("{:<33}{HEADINGS}", "");
    for (event, build, samples) in rows {
        print!("{event:<24} {:<8}", build.name);
        for (column, decimals) in DECIMALS.into_iter().enumerate() {
            print!("{:>9.decimals$}", quantile(samples.iter().map(|sample| sample[column]).collect(), 50));
        }
        println!();
    }
    Ok(())
}

impl Build {
    /// Starts a stack, before whose parts there is a recording.
    async fn start(name: String, folder: PathBuf) -> Self {
        let stack = Stack::start(Options::on_any_ports()).await.unwrap();
        stack.pause_queue();
        story::begin(stack.dynamodb).await;
        let (recording, authority) = (Recording::default(), tls::Authority::new());
        // The CMS is called without TLS: a certificate of ours would replace the system's roots, which take time to read.
        let cms = TcpListener::bind(ANY_PORT).await.unwrap();
        let offset = Timestamp::now().duration_until(story::NOW.parse().unwrap()).as_secs();
        let variables = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", local::stack::CREDENTIAL),
            ("AWS_SECRET_ACCESS_KEY", local::stack::CREDENTIAL),
            ("AWS_CA_BUNDLE", authority.path()),
            ("AWS_ENDPOINT_URL_DYNAMODB", &authority.serve(recording.before(stack.dynamodb)).await),
            ("AWS_ENDPOINT_URL_S3", &authority.serve(recording.before(stack.s3)).await),
            ("CLOCK_OFFSET", &format!("{offset}s")),
            ("TABLE_NAME", local::stack::TABLE),
            ("KEYS_TABLE_NAME", local::stack::KEYS_TABLE),
            ("BUCKET_NAME", local::stack::BUCKET),
            ("CMS_URL", &format!("http://{}", cms.local_addr().unwrap())),
            ("CURSOR_KEY", "a key that is long enough to seal with"),
        ];
        let variables = variables.map(|(name, value)| (name, value.to_owned())).into();
        let router = recording.before(stack.cms);
        tokio::spawn(async move { axum::serve(cms, router).await });
        Self { name, folder, recording, variables, _parts: (stack, authority) }
    }

    /// Starts a function and calls it so often: first with one event, then again and again with the second.
    async fn run(&self, event: &'static str, calls: usize) -> Result<Sample, String> {
        let binary = self.folder.join(event.trim_end_matches("-to-approve"));
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let texts = [0, 1].map(|call| story::event(event, call));
        let sample = measure::run(&binary, &variables, calls, |call| {
            self.recording.begin((event, call.min(1)));
            texts[call.min(1)].clone()
        });
        sample.await.map_err(|fault| match self.recording.missed() {
            Some(request) => format!("{event}, {}: no answer is recorded for one more {request}; {fault}", self.name),
            None => format!("{event}, {}: {fault}", self.name),
        })
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A file of the project.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}
