//! PGK files: fixtures, and files of given kits.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::read;

/// A PGK fixture.
pub fn pgk(name: &str) -> Vec<u8> {
    read(&format!("tests/fixtures/pgk/{name}")).into_bytes()
}

/// `valid-3.txt` with a mark in every kit number, and the matching digest.
pub fn kits_marked(mark: &str) -> Vec<u8> {
    let text = String::from_utf8(pgk("valid-3.txt")).unwrap();
    let records: String = text
        .lines()
        .filter(|line| !line.starts_with('T'))
        .map(|line| line.replace("|42401617", &format!("|{mark}17")) + "\n")
        .collect();
    sealed(&records)
}

/// A file of kits with these numbers.
pub fn kits_of(numbers: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut records = "H|DCMSPGK|01|ACME_BANK|PGK-20260115-0001|20260115T093000Z|DC_KIT\n".to_owned();
    for (seq, number) in (1_u64..).zip(numbers) {
        let last4 = seq * 7_919 % 10_000;
        let card = format!("60804012|16|60804012XXXX{last4:04}|tk_QJ7MZ4V2KX{seq:07}|2907|PROD-001|71");
        writeln!(records, "D|{seq:06}|{number}||{card}").unwrap();
    }
    sealed(&records)
}

/// Appends the matching trailer to records.
pub fn sealed(records: &str) -> Vec<u8> {
    let digest = hex::encode(Sha256::digest(records.as_bytes()));
    let details = records.lines().filter(|line| line.starts_with('D')).count();
    let last4 =
        |line: &str| line.split('|').nth(6).and_then(|pan| pan.get(pan.len().saturating_sub(4)..)?.parse::<u64>().ok());
    let total: u64 = records.lines().filter(|line| line.starts_with('D')).filter_map(last4).sum();
    let lines = records.lines().count() + 1;
    format!("{records}T|{details:06}|{lines:06}|{total:010}|{digest}\n").into_bytes()
}
