//! The last record of a file, `T|detailCount|lineCount|last4Total|sha256`.

use super::PgkFaults;
use super::detail::is_number;
use crate::domain::FileDigest;

/// The totals of the records before the trailer.
#[derive(Debug)]
pub(super) struct Totals {
    pub(super) details: u64,
    /// Header, details and trailer.
    pub(super) lines: u64,
    /// `None` if a masked card number could not be read.
    pub(super) last4: Option<u64>,
}

/// Checks the trailer. Without `totals` (an earlier line could not be read) or `digest`, only the form of the fields is
/// checked.
pub(super) fn check(
    line: u64,
    fields: [&[u8]; 5],
    totals: Option<&Totals>,
    digest: Option<[u8; 32]>,
    faults: &mut PgkFaults,
) {
    let [_, detail_count, line_count, last4_total, sha256] = fields;
    for (name, field, total) in [
        ("detailCount", detail_count, totals.map(|totals| totals.details)),
        ("lineCount", line_count, totals.map(|totals| totals.lines)),
    ] {
        match total {
            Some(total) if !is_number(field, total, 6) => faults.field(line, name, format_args!("must be {total:06}")),
            None if !is_digits(field, 6) => faults.field(line, name, "must be digits, zero-padded to 6"),
            _ => {}
        }
    }
    match totals.and_then(|totals| totals.last4) {
        _ if !is_digits(last4_total, 10) => faults.field(line, "last4Total", "must be digits, zero-padded to 10"),
        Some(total) if !is_number(last4_total, total, 10) => {
            faults.field(line, "last4Total", "must be the sum of the last four digits of every maskedPan");
        }
        _ => {}
    }
    match FileDigest::parse_hex(sha256) {
        None => faults.field(line, "sha256", "must be 64 lower-case hex digits"),
        Some(stated) if digest.is_some_and(|digest| stated.0 != digest) => faults.file("sha256 does not match"),
        Some(_) => {}
    }
}

fn is_digits(field: &[u8], digits_min: usize) -> bool {
    field.len() >= digits_min && field.iter().all(u8::is_ascii_digit)
}
