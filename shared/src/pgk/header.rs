//! The first record of a file, `H|DCMSPGK|01|tenant|fileRef|created|refType`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::PgkFaults;
use super::guard::holds_card_number;
use super::rules::{RefType, Rules};

const CREATED: &str = "must be a UTC time as YYYYMMDDTHHMMSSZ, at most 5 minutes ahead and 90 days old";
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);
const AGE_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Checks the header's fields. Returns the reference type if it is valid.
pub(super) fn check(line: u64, fields: [&[u8]; 7], rules: &Rules, faults: &mut PgkFaults) -> Option<RefType> {
    let [_, format, version, file_tenant, file_ref, created, ref_type] = fields;
    if format != b"DCMSPGK" {
        faults.field(line, "format", "must be DCMSPGK");
    }
    if version != b"01" {
        faults.field(line, "version", "must be 01");
    }
    if file_tenant != rules.tenant.as_str().as_bytes() {
        faults.field(line, "tenant", "must equal the header tenant of the call");
    }
    if holds_card_number(file_ref) {
        faults.field(line, "fileRef", "must not contain a card number");
    } else if !is_file_ref(file_ref) {
        faults.field(line, "fileRef", "must be 4 to 36 of A-Z, 0-9 and '-', the first not '-'");
    }
    let allowed = rules.now - AGE_MAX..=rules.now + AHEAD_MAX;
    if !utc_instant(created).is_some_and(|at| allowed.contains(&at)) {
        faults.field(line, "created", CREATED);
    }
    let ref_type = match ref_type {
        b"DC_KIT" => Some(RefType::DcKit),
        b"PARENT_KIT" => Some(RefType::ParentKit),
        _ => None,
    };
    if ref_type.is_none() {
        faults.field(line, "refType", "must be DC_KIT or PARENT_KIT");
    }
    ref_type
}

/// `^[A-Z0-9][A-Z0-9-]{3,35}$`
fn is_file_ref(field: &[u8]) -> bool {
    (4..=36).contains(&field.len())
        && field[0] != b'-'
        && field.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-'))
}

/// Parses `YYYYMMDDTHHMMSSZ`; `None` if there is no such instant.
fn utc_instant(field: &[u8]) -> Option<Timestamp> {
    if field.len() != 16 || field[8] != b'T' || field[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        field[from..to]
            .iter()
            .try_fold(0_i16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
    };
    let small = |from: usize, to: usize| number(from, to).and_then(|number| i8::try_from(number).ok());
    DateTime::new(number(0, 4)?, small(4, 6)?, small(6, 8)?, small(9, 11)?, small(11, 13)?, small(13, 15)?, 0)
        .and_then(|time| TimeZone::UTC.to_timestamp(time))
        .ok()
}
