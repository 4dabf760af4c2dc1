//! What the card-number guard costs: nanoseconds for 1 KB of text of several kinds. `cargo bench -p shared --bench guard`.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark prints")]

use std::hint::black_box;
use std::time::Instant;

use shared::domain::card_number;

const BYTES: usize = 1024;
const CALLS: u32 = 2_000;
const ROUNDS: usize = 11;

/// Kinds of text, each repeated up to 1 KB; short fields are judged one by one.
const TEXTS: [(&str, &str); 7] = [
    (
        "fields of a create, one by one",
        "ORD-2026-000123|12345|Main Street|12 High Street~Chennai~600001|PROD-001|608040|C-1|",
    ),
    ("prose", "Deliver to the back door before noon and ask for the branch manager, please. "),
    ("prose of another script", "कृपया दोपहर से पहले पिछले दरवाजे पर पहुँचाएँ। "),
    ("addresses and phone numbers", "12 High Street, Chennai 600001, 98400 12345; "),
    (
        "a line of the log",
        r#"{"timestamp":"2026-11-03T10:15:00.123456Z","order.id":"01a69bc2-e278-7703-8396-05ec7b74ba05"} "#,
    ),
    ("times in ms", "1763369938417 "),
    ("digits one by one", "1 "),
];

fn main() {
    for (name, text) in TEXTS {
        let text: String = text.chars().cycle().take(BYTES * 2).collect();
        let end = (0..=BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        let parts: Vec<&str> = if name.ends_with("one by one") && text.contains('|') {
            text[..end].split('|').collect()
        } else {
            vec![&text[..end]]
        };
        println!("{name:<32} {:>7.0} ns", nanoseconds(|| parts.iter().any(|part| card_number::is_in(part))));
    }
}

/// The median time of one call, over some rounds of many.
fn nanoseconds(work: impl Fn() -> bool) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                black_box(work());
            }
            start.elapsed().as_nanos() as f64 / f64::from(CALLS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}
