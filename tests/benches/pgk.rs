//! How fast a file of kits is parsed: beside the plain digest of the same bytes, and the way of the `csv` crate, in one
//! run. `cargo bench -p tests`; an argument is the number of kits.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and fails loudly"
)]

use std::collections::HashSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use local::sample::Sample;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::domain::TenantId;
use shared::pgk::Parser;

const CHUNK_BYTES: usize = 256 * 1024;
const ROUNDS: usize = 7;

fn main() {
    let kits = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let tenant = TenantId::parse("ACME_BANK").unwrap();
    let now = Timestamp::now();
    let mut file = Vec::new();
    Sample { tenant: tenant.clone(), kits, created: now }.write(&mut file, |_| {}).unwrap();
    println!("{kits} kits, {} MB, best of {ROUNDS}", file.len() / 1_000_000);

    let digest = best(|| black_box(Sha256::digest(&file)));
    let parsed = best(|| {
        let mut parser = Parser::new(&tenant, now);
        file.chunks(CHUNK_BYTES).for_each(|chunk| parser.feed(chunk));
        black_box(parser.finish().unwrap().details)
    });
    let csv = best(|| black_box(by_csv(&file)));
    for (name, took) in
        [("SHA-256 alone", digest), ("parser, all checks and both sets", parsed), ("csv with serde, and SHA-256", csv)]
    {
        let speed = file.len() as f64 / took.as_secs_f64() / 1e9;
        println!("{name:<34} {speed:>6.2} GB/s  {:>5.2} x the digest", took.as_secs_f64() / digest.as_secs_f64());
    }
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut shortest = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        shortest = shortest.min(start.elapsed());
    }
    shortest
}

#[derive(Deserialize)]
struct Detail<'a> {
    _type: &'a str,
    seq: u32,
    kit_no: &'a str,
    _parent: &'a str,
    bin: u32,
    pan_length: u8,
    masked: &'a str,
    token: &'a str,
    _expiry: &'a str,
    _product: &'a str,
    _plastic: &'a str,
}

/// What most would write: records by serde, two sets of texts, the digest beside it.
fn by_csv(file: &[u8]) -> u64 {
    let digest = Sha256::digest(file);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b'|').has_headers(false).flexible(true).quoting(false).from_reader(file);
    let (mut kits, mut tokens, mut sum) = (HashSet::new(), HashSet::new(), u64::from(digest[0]));
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).unwrap() {
        let Ok(detail) = record.deserialize::<Detail<'_>>(None) else { continue };
        assert!(kits.insert(detail.kit_no.to_owned()) && tokens.insert(detail.token.to_owned()));
        sum +=
            u64::from(detail.seq) + u64::from(detail.bin) + u64::from(detail.pan_length) + detail.masked.len() as u64;
    }
    sum
}
