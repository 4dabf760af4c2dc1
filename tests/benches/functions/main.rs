//! How long the functions take: starts each release binary in turn, gives it its example event again and again, and prints
//! the medians. Build the binaries first: `make release`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod runtime_api;
mod store;
#[path = "../../support/tls.rs"]
mod tls;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use local::stack::{Options, Stack};
use runtime_api::Sample;
use shared::clock::Clock;
use shared::cms::CmsLimits;

/// A port that the system chooses.
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// How often each binary is started; the first time is not counted.
const STARTS: usize = 15;
/// The functions behind the API, in the order in which their example events make a story.
const FUNCTIONS: [&str; 10] = [
    "create-order",
    "upload-file",
    "fetch-file",
    "pgk-order",
    "fetch-status",
    "received-orders",
    "cancel-order",
    "process-order",
    "sync-status",
    "retry-stuck",
];

#[tokio::main]
async fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let limits = CmsLimits { connect: Duration::from_secs(5), call: Duration::from_secs(20) };
    let stack = Stack::start(Options {
        listen: ANY_PORT.into(),
        dynamodb: ANY_PORT.into(),
        s3: ANY_PORT.into(),
        cms: ANY_PORT.into(),
        header_timeout: local::config::HEADER_TIMEOUT,
        data: None,
        clock: Clock::system(),
        tick: None,
        stuck_after: SignedDuration::from_mins(15),
        attempts_max: shared::runtime::ATTEMPTS_MAX,
        cms_url: None,
        cms_limits: limits,
    })
    .await
    .unwrap();
    let authority = tls::Authority::new();
    let store = authority.serve(store::recorded(format!("http://{}", stack.dynamodb))).await;
    let (s3, cms) = (format!("http://{}", stack.s3), format!("http://{}", stack.cms));
    let variables = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", local::stack::CREDENTIAL),
        ("AWS_SECRET_ACCESS_KEY", local::stack::CREDENTIAL),
        ("AWS_CA_BUNDLE", authority.path()),
        ("AWS_ENDPOINT_URL_DYNAMODB", &store),
        ("AWS_ENDPOINT_URL_S3", &s3),
        ("TABLE_NAME", local::stack::TABLE),
        ("BUCKET_NAME", local::stack::BUCKET),
        ("CMS_URL", &cms),
        ("CURSOR_KEY", "a key that is long enough to seal with"),
    ];
    let mut samples: Vec<Vec<Sample>> = FUNCTIONS.iter().map(|_| Vec::new()).collect();
    for round in 0..=STARTS {
        for (function, samples) in FUNCTIONS.iter().zip(&mut samples) {
            let event = std::fs::read_to_string(root.join(format!("events/{function}.json"))).unwrap();
            let binary = root.join("target/release").join(function);
            let sample = tokio::task::block_in_place(|| runtime_api::measure(&binary, &event, &variables));
            let sample = sample.unwrap_or_else(|error| panic!("{function}: {error}"));
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    print(&samples);
}

fn print(samples: &[Vec<Sample>]) {
    println!("medians of {STARTS} starts, {} calls each", runtime_api::CALLS);
    println!(
        "{:<16} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7}",
        "", "init ms", "first ms", "sum ms", "warm µs", "CPU µs", "RSS MB"
    );
    for (function, samples) in FUNCTIONS.iter().zip(samples) {
        let median = |value: fn(&Sample) -> f64| median(samples.iter().map(value).collect());
        println!(
            "{function:<16} {:>8.2} {:>8.2} {:>8.2} {:>8.0} {:>8.0} {:>7.1}",
            median(|sample| sample.init_ms),
            median(|sample| sample.first_ms),
            median(|sample| sample.init_ms + sample.first_ms),
            median(|sample| sample.warm_us),
            median(|sample| sample.cpu_us),
            median(|sample| sample.rss_mb),
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
