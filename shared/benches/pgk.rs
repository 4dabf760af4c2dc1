//! What a file of kits costs: beside the plain digest of the same bytes and the way of the `csv` crate, round by round in
//! one run. `cargo bench -p shared`; an argument is the number of kits.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and fails loudly"
)]

use std::collections::HashSet;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::domain::TenantId;
use shared::pgk::{Blocks, Parser};

const CHUNK_BYTES: usize = 256 * 1024;
const ROUNDS: usize = 11;

fn main() {
    let kits = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let tenant = TenantId::parse("ACME_BANK").unwrap();
    let now = "2026-01-15T10:00:00Z".parse().unwrap();
    let parse = |file: &[u8], mut parser: Parser| {
        file.chunks(CHUNK_BYTES).for_each(|chunk| parser.feed(chunk));
        parser.finish().unwrap()
    };
    println!("Memory that the parser takes for {kits} kits, and what it hands on:");
    for (name, number) in [("dense", (|seq| format!("K{seq:07}")) as fn(u32) -> String), ("random", random)] {
        let file = file(kits, 1, number);
        // From here on the highest memory is that of this work.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = memory_mb("VmRSS:");
        let manifest = parse(&file, Parser::new(&tenant, now));
        let peak = memory_mb("VmHWM:") - before;
        let blocks = Blocks::from(manifest.kits);
        println!("  {name:<8} {peak:>5.1} MB at most, {} blocks", blocks.after(None).count());
    }
    for kinds in [5, 1] {
        let file = file(kits, kinds, random);
        println!("{kits} kits, {kinds} kinds in turn, {} MB, median of {ROUNDS} rounds", file.len() / 1_000_000);
        let digest = || u64::from(Sha256::digest(&file)[0]);
        let parse = |parser: Parser| u64::from(parse(&file, parser).details);
        measure(
            file.len(),
            &[
                ("SHA-256 alone", &digest),
                ("parser, but for what must be unique", &|| parse(Parser::forgetful(&tenant, now))),
                ("parser", &|| parse(Parser::new(&tenant, now))),
            ],
        );
        // At the very end: the allocator goes on tidying up after its millions of texts.
        if kinds == 1 {
            measure(file.len(), &[("SHA-256 alone", &digest), ("csv with serde, and SHA-256", &|| by_csv(&file))]);
        }
    }
}

/// Does each work once a round, and prints how its speed and its processor time compare with the first.
fn measure(bytes: usize, works: &[(&str, &dyn Fn() -> u64)]) {
    let mut rounds = vec![Vec::new(); works.len()];
    for _ in 0..ROUNDS {
        for ((_, work), times) in works.iter().zip(&mut rounds) {
            let (start, cpu) = (Instant::now(), cpu_seconds());
            black_box(work());
            times.push((start.elapsed().as_secs_f64(), cpu_seconds() - cpu));
        }
    }
    let digest: Vec<f64> = rounds[0].iter().map(|(_, cpu)| *cpu).collect();
    for ((name, _), times) in works.iter().zip(&rounds) {
        let speed = bytes as f64 / median(times.iter().map(|(wall, _)| *wall)) / 1e9;
        // Round by round, so that a machine that is slow for a while slows down both.
        let ratio = median(times.iter().zip(&digest).map(|((_, cpu), digest)| cpu / digest));
        println!("  {name:<36} {speed:>5.2} GB/s  {ratio:>5.2} x the processor time of the digest");
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Processor time of this thread, the kernel's work for it among it.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// A figure of this process's memory.
fn memory_mb(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_000.0
}

/// So many letters: each number has others, in no order.
fn letters<const COUNT: usize>(number: u32) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    // Multiplication by an odd number.
    let mut random = u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    let letter = |_| {
        random = random.rotate_right(5);
        char::from(LETTERS[usize::try_from(random & 31).unwrap()])
    };
    (0..COUNT).map(letter).collect()
}

/// A kit number that hardly shares its block.
fn random(seq: u32) -> String {
    format!("K{}", letters::<15>(seq))
}

/// A valid file whose tokens come in no order, and whose details take turns between kinds of different widths.
fn file(kits: u32, kinds: u32, number: fn(u32) -> String) -> Vec<u8> {
    let mut text = "H|DCMSPGK|01|ACME_BANK|PGK-BENCH|20260115T093000Z|DC_KIT\n".to_owned();
    let mut last4_total = 0;
    for seq in 1..=kits {
        let (kit, token, last4) = (number(seq), letters::<21>(seq.wrapping_add(kits)), seq * 7_919 % 10_000);
        let (product, bin, plastic) = [
            ("PROD-001", "60804012", "71"),
            ("PR-2", "60804012", "71"),
            ("PROD-001", "608040", "71"),
            ("PROD-001", "60804012", "BLUE"),
            ("PROD-003", "60804013", "71"),
        ][usize::try_from(seq % kinds).unwrap()];
        let masked = format!("{bin:X<12}");
        writeln!(text, "D|{seq:06}|{kit}|P1406464682|{bin}|16|{masked}{last4:04}|tk_{token}|2907|{product}|{plastic}")
            .unwrap();
        last4_total += u64::from(last4);
    }
    let digest = Sha256::digest(&text);
    write!(text, "T|{kits:06}|{:06}|{last4_total:010}|", kits + 2).unwrap();
    digest.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
    text.into_bytes()
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
