//! The parser: line by line, each checked and forgotten.

use std::hash::BuildHasher;

use jiff::Timestamp;
use memchr::memchr;
use sha2::{Digest, Sha256};

use super::detail::{Layout, Rules, is_number};
use super::groups::{GROUPS_MAX, Groups};
use super::lines::{LINE_BYTES_MAX, Line, LineEnd, Partial, whole};
use super::trailer::Totals;
use super::unique::{Keys, Kits};
use super::{DETAILS_MAX, PgkFaults, detail, guard, header, trailer};
use crate::domain::{Group, TenantId};

/// How many numbers are tried where lines of no known type stand between two details.
const UNKNOWN_LINES_MAX: u32 = 1_000;

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
    partial: Partial,
    records: Records,
}

impl Parser {
    /// A parser for a file of this tenant, at this instant.
    #[must_use]
    pub fn new(tenant: &TenantId, now: Timestamp) -> Self {
        Self { partial: Partial::default(), records: Records::new(tenant.clone(), now) }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, chunk: &[u8]) {
        let rest = if self.partial.is_empty() { chunk } else { self.end_partial(chunk) };
        // Lines that are sound go into the digest together; `hashed` is where those that are not in it yet begin.
        let (mut hashed, mut start) = (0, 0);
        while let Some(length) = memchr(b'\n', &rest[start..]) {
            let line = &rest[start..start + length];
            let next = start + length + 1;
            if length <= LINE_BYTES_MAX && line.last() != Some(&b'\r') && line.first() != Some(&b'T') {
                self.records.take(&Line::Whole(line, LineEnd::Lf));
            } else {
                self.records.hash(&rest[hashed..start]);
                self.take_apart(line);
                hashed = next;
            }
            start = next;
        }
        self.records.hash(&rest[hashed..start]);
        self.partial.extend(&rest[start..], |bytes| self.records.hash(bytes));
    }

    /// Ends the line that the last chunk began; what comes after it.
    fn end_partial<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        let Some(length) = memchr(b'\n', chunk) else {
            self.partial.extend(chunk, |bytes| self.records.hash(bytes));
            return &[];
        };
        self.take_apart(&chunk[..length]);
        &chunk[length + 1..]
    }

    /// Takes the last piece of a line by the way for lines that are in any respect unusual.
    fn take_apart(&mut self, piece: &[u8]) {
        if self.partial.is_empty() && piece.len() <= LINE_BYTES_MAX {
            self.records.take_and_hash(&whole(piece));
            return;
        }
        self.partial.extend(piece, |bytes| self.records.hash(bytes));
        if let Some(line) = self.partial.line(true) {
            self.records.take_and_hash(&line);
        }
        self.partial.clear();
    }

    /// The verdict on the whole file.
    pub fn finish(mut self) -> Result<Manifest, PgkFaults> {
        if let Some(line) = self.partial.line(false) {
            self.records.take_and_hash(&line);
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
    rules: Rules,
    layout: Layout,
    faults: PgkFaults,
    line: u64,
    line_end: Option<LineEnd>,
    is_end_refused: bool,
    digest: Sha256,
    details: u32,
    /// Lines since the last detail that have no known type.
    unknown_lines: u32,
    last4_total: u64,
    is_last4_known: bool,
    has_unreadable_line: bool,
    has_trailer: bool,
    groups: Groups,
    has_too_many_groups: bool,
    kits: Kits,
    tokens: Keys,
    fingerprints: [foldhash::quality::RandomState; 2],
}

impl Records {
    fn new(tenant: TenantId, now: Timestamp) -> Self {
        Self {
            tenant,
            now,
            rules: Rules::new(now),
            layout: Layout::default(),
            faults: PgkFaults::default(),
            line: 0,
            line_end: None,
            is_end_refused: false,
            digest: Sha256::new(),
            details: 0,
            unknown_lines: 0,
            last4_total: 0,
            is_last4_known: true,
            has_unreadable_line: false,
            has_trailer: false,
            groups: Groups::default(),
            has_too_many_groups: false,
            kits: Kits::default(),
            tokens: Keys::default(),
            fingerprints: Default::default(),
        }
    }

    fn hash(&mut self, bytes: &[u8]) {
        if !self.has_trailer {
            self.digest.update(bytes);
        }
    }

    /// Takes a line and adds it to the digest, unless it is the trailer or follows it. Of a line over the limit only its
    /// end is missing in the digest.
    fn take_and_hash(&mut self, line: &Line<'_>) {
        match line {
            Line::Whole(text, _) if is_type(text, b'T') => {}
            Line::Whole(text, _) => {
                self.hash(text);
                self.hash(b"\n");
            }
            Line::TooLong { .. } => self.hash(b"\n"),
        }
        self.take(line);
    }

    /// Takes a line whose bytes the caller adds to the digest.
    fn take(&mut self, line: &Line<'_>) {
        self.line += 1;
        match line {
            Line::TooLong { holds_card_number, start } => {
                if *holds_card_number {
                    self.refuse_card_number();
                } else {
                    self.unreadable(&format!("must be at most {LINE_BYTES_MAX} bytes"));
                }
                self.count_unread(start);
            }
            Line::Whole(text, _) if guard::trips(text) => {
                self.refuse_card_number();
                self.count_unread(text);
            }
            Line::Whole(text, end) => {
                self.check_end(*end);
                self.take_record(text);
            }
        }
    }

    /// Counts a record of which nothing but its type is used. What has no known type may have been meant as a detail.
    fn count_unread(&mut self, text: &[u8]) {
        if is_type(text, b'D') {
            self.details = self.details.saturating_add(1);
        } else {
            self.unknown_lines = self.unknown_lines.saturating_add(1);
        }
        self.has_trailer |= is_type(text, b'T');
    }

    /// Skips the numbers that lines of no known type may have had, so that one such line is one fault.
    fn catch_up(&mut self, seq: &[u8]) {
        let unknown = std::mem::take(&mut self.unknown_lines).min(UNKNOWN_LINES_MAX);
        let skipped = (0..=unknown).find(|skipped| is_number(seq, u64::from(self.details + skipped), 6));
        self.details += skipped.unwrap_or_default();
    }

    fn refuse_card_number(&mut self) {
        self.unreadable("must not hold 12 or more digits in a row");
    }

    /// Reports a line of which nothing is used.
    fn unreadable(&mut self, rule: &str) {
        self.has_unreadable_line = true;
        self.faults.line(self.line, rule);
    }

    /// Every line ends like the first; the last line of all may have no end. Said once.
    fn check_end(&mut self, end: LineEnd) {
        if self.is_end_refused {
            return;
        }
        match (self.line_end, end) {
            (_, LineEnd::None) => {}
            (None, end) => self.line_end = Some(end),
            (Some(LineEnd::Lf), LineEnd::CrLf) => {
                self.is_end_refused = true;
                self.faults.line(self.line, "must end with LF like the lines before it");
            }
            (Some(LineEnd::CrLf), LineEnd::Lf) => {
                self.is_end_refused = true;
                self.faults.line(self.line, "must end with CRLF like the lines before it");
            }
            (Some(_), _) => {}
        }
    }

    fn take_record(&mut self, text: &[u8]) {
        if self.has_trailer {
            return self.unreadable("must not follow the trailer");
        }
        if text.is_empty() {
            return self.unreadable("must not be blank");
        }
        if !is_printable(text) {
            self.count_unread(text);
            return self.unreadable("must hold only ASCII characters 0x20 to 0x7E");
        }
        let is_first = self.line == 1;
        match text[0] {
            b'H' if is_first && is_type(text, b'H') => self.take_header(text),
            _ if is_first => {
                self.unreadable("must be the H record");
                self.count_unread(text);
            }
            b'D' if is_type(text, b'D') => self.take_detail(text),
            b'T' if is_type(text, b'T') => self.take_trailer(text),
            _ => {
                self.unreadable("must be a D record or the T record");
                self.count_unread(text);
            }
        }
    }

    fn take_header(&mut self, text: &[u8]) {
        let Some(fields) = split::<7>(text) else { return self.unreadable("must have 7 fields") };
        self.rules.ref_type = header::check(self.line, fields, &self.tenant, self.now, &mut self.faults);
    }

    fn take_detail(&mut self, text: &[u8]) {
        self.details = self.details.saturating_add(1);
        let Some(fields) = self.layout.split(text) else { return self.unreadable("must have 11 fields") };
        if self.unknown_lines > 0 {
            self.catch_up(fields[1]);
        }
        let detail = detail::check(self.line, fields, self.details, &self.rules, &mut self.faults);
        match detail.last4 {
            Some(last4) => self.last4_total += u64::from(last4),
            None => self.is_last4_known = false,
        }
        // A file that is too large is refused at its end; what would have to be kept of it is not.
        if self.details > DETAILS_MAX {
            return;
        }
        let line = u32::try_from(self.line).unwrap_or(u32::MAX);
        if let Some(kit) = detail.kit {
            self.kits.push(kit, line);
        }
        if let Some(token) = detail.token {
            self.tokens.push(self.fingerprint(token), line);
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

    /// 104 bits that stand for a token. They are keyed anew for every file: nobody can make two tokens look alike.
    fn fingerprint(&self, token: &[u8]) -> u128 {
        let [high, low] = &self.fingerprints;
        (u128::from(high.hash_one(token)) << 40) | u128::from(low.hash_one(token) >> 24)
    }

    fn finish(mut self) -> Result<Manifest, PgkFaults> {
        self.faults.insert_field(&self.kits.repeated_lines(), "kitNo", "must be unique in the file");
        self.faults.insert_field(&self.tokens.repeated_lines(), "panToken", "must be unique in the file");
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

/// Whether all of a line is between 0x20 and 0x7E; without an early end, so that the compiler takes many bytes at once.
fn is_printable(text: &[u8]) -> bool {
    !text.iter().fold(false, |found, byte| found | (byte.wrapping_sub(0x20) > 0x5E))
}
