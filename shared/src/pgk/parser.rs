//! The parser: line by line, each checked and forgotten.

use std::collections::HashSet;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::groups::{GROUPS_MAX, Groups};
use super::header::RefType;
use super::kit::Kits;
use super::lines::{LINE_BYTES_MAX, Line, LineEnd, Lines};
use super::trailer::Totals;
use super::{DETAILS_MAX, PgkFaults, detail, guard, header, trailer};
use crate::domain::{Group, TenantId};

/// What a valid file holds.
#[derive(Debug)]
pub struct Manifest {
    /// How many kits.
    pub details: u32,
    /// The kits, counted by kind.
    pub groups: Vec<Group>,
    /// The kits themselves.
    pub kits: Kits,
}

/// Parses a file in chunks of any size.
#[derive(Debug)]
pub struct Parser {
    lines: Lines,
    records: Records,
}

impl Parser {
    /// A parser for a file of this tenant, at this instant.
    #[must_use]
    pub fn new(tenant: &TenantId, now: Timestamp) -> Self {
        Self { lines: Lines::default(), records: Records::new(tenant.clone(), now) }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, chunk: &[u8]) {
        // The digest lies beside the records while a line is over the limit, hence the cell.
        let records = std::cell::RefCell::new(&mut self.records);
        self.lines.feed(chunk, |line| records.borrow_mut().take(&line), |bytes| records.borrow_mut().hash(bytes));
    }

    /// The verdict on the whole file.
    pub fn finish(mut self) -> Result<Manifest, PgkFaults> {
        if let Some(line) = self.lines.finish() {
            self.records.take(&line);
        }
        self.records.finish()
    }
}

/// What is known of the records so far.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the file")]
struct Records {
    tenant: TenantId,
    now: Timestamp,
    faults: PgkFaults,
    line: u64,
    line_end: Option<LineEnd>,
    digest: Sha256,
    ref_type: Option<RefType>,
    details: u32,
    last4_total: u64,
    is_last4_known: bool,
    has_unreadable_line: bool,
    has_trailer: bool,
    groups: Groups,
    has_too_many_groups: bool,
    kits: Kits,
    tokens: HashSet<u128>,
}

impl Records {
    fn new(tenant: TenantId, now: Timestamp) -> Self {
        Self {
            tenant,
            now,
            faults: PgkFaults::default(),
            line: 0,
            line_end: None,
            digest: Sha256::new(),
            ref_type: None,
            details: 0,
            last4_total: 0,
            is_last4_known: true,
            has_unreadable_line: false,
            has_trailer: false,
            groups: Groups::default(),
            has_too_many_groups: false,
            kits: Kits::default(),
            tokens: HashSet::new(),
        }
    }

    fn hash(&mut self, bytes: &[u8]) {
        if !self.has_trailer {
            self.digest.update(bytes);
        }
    }

    fn take(&mut self, line: &Line<'_>) {
        self.line += 1;
        match line {
            Line::TooLong { holds_card_number: true } => self.refuse_card_number(),
            Line::TooLong { holds_card_number: false } => {
                self.unreadable(&format!("must be at most {LINE_BYTES_MAX} bytes"));
            }
            Line::Whole(text, _) if guard::trips(text) => {
                self.hash_record(text);
                self.refuse_card_number();
                self.details += u32::from(is_type(text, b'D'));
                self.has_trailer |= is_type(text, b'T');
            }
            Line::Whole(text, end) => {
                self.check_end(*end);
                self.take_record(text);
            }
        }
    }

    /// Adds a record to the digest, unless it is the trailer or follows it.
    fn hash_record(&mut self, text: &[u8]) {
        if !is_type(text, b'T') {
            self.hash(text);
            self.hash(b"\n");
        }
    }

    fn refuse_card_number(&mut self) {
        self.unreadable("must not hold 12 or more digits in a row");
    }

    /// Reports a line of which nothing is used.
    fn unreadable(&mut self, rule: &str) {
        self.has_unreadable_line = true;
        self.faults.line(self.line, rule);
    }

    /// Every line ends like the first; the last line of all may have no end.
    fn check_end(&mut self, end: LineEnd) {
        match (self.line_end, end) {
            (_, LineEnd::None) => {}
            (None, end) => self.line_end = Some(end),
            (Some(LineEnd::Lf), LineEnd::CrLf) => {
                self.faults.line(self.line, "must end with LF like the lines before it");
            }
            (Some(LineEnd::CrLf), LineEnd::Lf) => {
                self.faults.line(self.line, "must end with CRLF like the lines before it");
            }
            (Some(_), _) => {}
        }
    }

    fn take_record(&mut self, text: &[u8]) {
        if self.has_trailer {
            return self.unreadable("must not follow the trailer");
        }
        self.hash_record(text);
        if text.is_empty() {
            return self.unreadable("must not be blank");
        }
        if !text.iter().all(|byte| matches!(byte, 0x20..=0x7E)) {
            self.details += u32::from(is_type(text, b'D'));
            self.has_trailer |= is_type(text, b'T');
            return self.unreadable("must hold only ASCII characters 0x20 to 0x7E");
        }
        let is_first = self.line == 1;
        match text[0] {
            b'H' if is_first && is_type(text, b'H') => self.take_header(text),
            _ if is_first => {
                self.unreadable("must be the H record");
                self.details += u32::from(is_type(text, b'D'));
                self.has_trailer |= is_type(text, b'T');
            }
            b'D' if is_type(text, b'D') => self.take_detail(text),
            b'T' if is_type(text, b'T') => self.take_trailer(text),
            _ => self.unreadable("must be a D record or the T record"),
        }
    }

    fn take_header(&mut self, text: &[u8]) {
        let Some(fields) = split::<7>(text) else { return self.unreadable("must have 7 fields") };
        self.ref_type = header::check(self.line, fields, &self.tenant, self.now, &mut self.faults);
    }

    fn take_detail(&mut self, text: &[u8]) {
        self.details = self.details.saturating_add(1);
        let Some(fields) = split::<11>(text) else { return self.unreadable("must have 11 fields") };
        let detail = detail::check(self.line, fields, self.details, self.ref_type, self.now, &mut self.faults);
        match detail.last4 {
            Some(last4) => self.last4_total += u64::from(last4),
            None => self.is_last4_known = false,
        }
        // A file that is too large is refused at its end; what would have to be kept of it is not.
        if self.details > DETAILS_MAX {
            return;
        }
        let line = u32::try_from(self.line).unwrap_or(u32::MAX);
        if detail.kit.is_some_and(|kit| !self.kits.insert(kit, line)) {
            self.faults.field(self.line, "kitNo", "must be unique in the file");
        }
        if detail.token.is_some_and(|token| !self.tokens.insert(fingerprint(token))) {
            self.faults.field(self.line, "panToken", "must be unique in the file");
        }
        if detail.kind.is_some_and(|kind| !self.groups.count(kind)) {
            self.has_too_many_groups = true;
        }
    }

    fn take_trailer(&mut self, text: &[u8]) {
        self.has_trailer = true;
        let Some(fields) = split::<5>(text) else { return self.unreadable("must have 5 fields") };
        let totals = Totals {
            details: u64::from(self.details),
            lines: self.line,
            last4: self.is_last4_known.then_some(self.last4_total),
        };
        let totals = (!self.has_unreadable_line).then_some(&totals);
        let digest = std::mem::take(&mut self.digest).finalize().into();
        trailer::check(self.line, fields, totals, digest, &mut self.faults);
    }

    fn finish(mut self) -> Result<Manifest, PgkFaults> {
        if self.line == 0 {
            self.faults.file("must not be empty");
        } else {
            if self.details == 0 && !self.has_unreadable_line {
                self.faults.file("has no detail records");
            }
            if self.details > DETAILS_MAX {
                self.faults.file(&format!("must have at most {DETAILS_MAX} detail records"));
            }
            if self.has_too_many_groups {
                self.faults.file(&format!(
                    "must have at most {GROUPS_MAX} combinations of productId, bin, plasticCode and panLength"
                ));
            }
            if !self.has_trailer {
                self.faults.file("has no trailer");
            }
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        Ok(Manifest { details: self.details, groups: self.groups.into_groups(), kits: self.kits })
    }
}

/// Whether a line's first field is this letter.
fn is_type(text: &[u8], letter: u8) -> bool {
    matches!(text, [first] if *first == letter) || matches!(text, [first, b'|', ..] if *first == letter)
}

/// Just so many fields.
fn split<const FIELDS: usize>(text: &[u8]) -> Option<[&[u8]; FIELDS]> {
    let mut fields = [&text[..0]; FIELDS];
    let mut parts = text.split(|byte| *byte == b'|');
    for field in &mut fields {
        *field = parts.next()?;
    }
    parts.next().is_none().then_some(fields)
}

/// 128 bits that stand for a token: half of its SHA-256, so that nobody can make two tokens look alike.
fn fingerprint(token: &[u8]) -> u128 {
    let digest = Sha256::digest(token);
    digest[..16].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}
