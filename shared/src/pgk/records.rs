//! The records of a file: the checks per line, and the totals.

use jiff::Timestamp;

use super::detail::{Rules, is_number};
use super::digest::Digests;
use super::groups::{GROUPS_MAX, KitGroups};
use super::lines::{LINE_BYTES_MAX, LineEnd, LineEnds, RawLine, is_type, split};
use super::manifest::{DETAILS_MAX, Manifest};
use super::pattern::Patterns;
use super::shape::{self, Misshape};
use super::trailer::Totals;
use super::unique::Unique;
use super::{PgkFaults, detail, guard, header, trailer};
use crate::domain::TenantId;

/// How many sequence numbers are tried after lines of unknown type between two details.
const UNKNOWN_LINES_MAX: u32 = 1_000;

/// What is known about the records so far.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the file")]
pub(super) struct Records {
    tenant: TenantId,
    now: Timestamp,
    rules: Rules,
    patterns: Patterns,
    faults: PgkFaults,
    line: u64,
    ends: LineEnds,
    digests: Digests,
    details: u32,
    /// The number of lines of unknown type since the last detail.
    unknown_lines: u32,
    last4_total: u64,
    is_last4_known: bool,
    has_unreadable_line: bool,
    has_byte_order_mark: bool,
    /// The whole file is malformed: nothing else is checked.
    is_misshapen: bool,
    has_trailer: bool,
    groups: KitGroups,
    has_too_many_groups: bool,
    /// `None` if uniqueness is not checked.
    unique: Option<Box<Unique>>,
}

impl Records {
    pub(super) fn new(tenant: TenantId, now: Timestamp, unique: Option<Box<Unique>>) -> Self {
        Self {
            tenant,
            now,
            rules: Rules::new(now),
            patterns: Patterns::default(),
            faults: PgkFaults::default(),
            line: 0,
            ends: LineEnds::default(),
            digests: Digests::default(),
            details: 0,
            unknown_lines: 0,
            last4_total: 0,
            is_last4_known: true,
            has_unreadable_line: false,
            has_byte_order_mark: false,
            is_misshapen: false,
            has_trailer: false,
            groups: KitGroups::default(),
            has_too_many_groups: false,
            unique,
        }
    }

    /// Adds bytes of lines to the digest.
    pub(super) fn hash(&mut self, bytes: &[u8]) {
        if !self.has_trailer {
            self.digests.add(bytes);
        }
    }

    /// Takes a line and adds it to the digest. For a line over the limit, only its end is added.
    pub(super) fn take_and_hash(&mut self, line: &RawLine<'_>) {
        if !self.has_trailer {
            match line {
                RawLine::Whole(text, end) if is_type(text, b'T') => self.digests.add_trailer(text, *end),
                RawLine::Whole(text, end) => {
                    self.digests.add(text);
                    self.digests.end_line(*end);
                }
                RawLine::TooLong { end, .. } => self.digests.end_line(*end),
            }
        }
        self.take(line);
    }

    /// Takes details that look like earlier valid ones. Returns their length in bytes; the caller adds them to the digest.
    pub(super) fn take_fitting(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while self.details < DETAILS_MAX
            && let Some((pattern, detail)) = self.patterns.read(&bytes[taken..])
            && detail.seq == self.details + 1
        {
            self.line += 1;
            self.details += 1;
            self.last4_total += u64::from(detail.last4);
            self.groups.count_known(pattern.group());
            if let Some(unique) = &mut self.unique {
                unique.push(pattern.kit(&bytes[taken..]), Some(detail.token), self.line);
            }
            taken += pattern.length();
        }
        taken
    }

    /// Takes a line that the caller adds to the digest.
    pub(super) fn take(&mut self, line: &RawLine<'_>) {
        self.patterns.pause();
        self.line += 1;
        if self.is_misshapen || self.line == 1 && self.is_foreign(line) {
            return;
        }
        match line {
            RawLine::TooLong { holds_card_number, start, .. } => {
                self.note_byte_order_mark(start);
                if *holds_card_number {
                    self.refuse_card_number();
                } else {
                    self.unreadable(&format!("must be at most {LINE_BYTES_MAX} bytes"));
                }
                self.count_unread(start);
            }
            RawLine::Whole(text, _) if guard::trips(text) => {
                self.refuse_card_number();
                self.count_unread(text);
            }
            RawLine::Whole(text, end) => {
                if let Some(rule) = self.ends.check(*end) {
                    self.faults.line(self.line, rule);
                }
                self.take_record(text);
            }
        }
    }

    /// Whether a file with this first line is not ASCII text, which is then its only fault.
    fn is_foreign(&mut self, line: &RawLine<'_>) -> bool {
        let misshape = match line {
            RawLine::Whole(text, _) => Misshape::of_start(text),
            RawLine::TooLong { start, .. } => Misshape::of_start(start),
        };
        if let Some(misshape) = misshape {
            self.is_misshapen = true;
            self.faults.file(misshape.rule());
        }
        self.is_misshapen
    }

    /// Reports a byte order mark before the first line.
    fn note_byte_order_mark(&mut self, text: &[u8]) {
        if self.line == 1 && shape::without_mark(text).is_some() {
            self.has_byte_order_mark = true;
            self.faults.line(1, "must not start with a byte order mark; save the file as plain ASCII");
        }
    }

    /// Reports that the whole file is malformed.
    fn misshapen(&mut self, misshape: Misshape) {
        self.is_misshapen = true;
        self.faults.line(self.line, misshape.rule());
    }

    /// Counts a record of which only the type is used. One of unknown type may have been meant as a detail.
    fn count_unread(&mut self, text: &[u8]) {
        if is_type(text, b'D') {
            self.details = self.details.saturating_add(1);
        } else {
            self.unknown_lines = self.unknown_lines.saturating_add(1);
        }
        self.has_trailer |= is_type(text, b'T');
    }

    /// Skips the sequence numbers that lines of unknown type may have had, so that one such line is one fault.
    fn catch_up(&mut self, seq: &[u8]) {
        let unknown = std::mem::take(&mut self.unknown_lines).min(UNKNOWN_LINES_MAX);
        let skipped = (0..=unknown).find(|skipped| is_number(seq, u64::from(self.details + skipped), 6));
        self.details += skipped.unwrap_or_default();
    }

    fn refuse_card_number(&mut self) {
        self.unreadable("must not hold 12 or more digits in a row");
    }

    /// Reports a line that is not used.
    fn unreadable(&mut self, rule: &str) {
        self.has_unreadable_line = true;
        self.faults.line(self.line, rule);
    }

    fn take_record(&mut self, text: &[u8]) {
        if self.has_trailer {
            return self.unreadable(shape::after_trailer(text));
        }
        let is_first = self.line == 1;
        self.note_byte_order_mark(text);
        let text = shape::without_mark(text).filter(|_| is_first).unwrap_or(text);
        if is_first && let Some(misshape) = Misshape::of_header(text) {
            return self.misshapen(misshape);
        }
        if text.is_empty() {
            return self.unreadable("must not be blank");
        }
        if !is_printable(text) {
            self.count_unread(text);
            if self.has_trailer && text.strip_suffix(shape::CTRL_Z).is_some_and(is_printable) {
                return self.unreadable("must not end with a Ctrl-Z (0x1A): remove it");
            }
            return self.unreadable("must hold only ASCII characters 0x20 to 0x7E");
        }
        if let Some(misshape) = Misshape::of_record(text) {
            return self.misshapen(misshape);
        }
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
        let Some(fields) = split::<11>(text) else { return self.unreadable("must have 11 fields") };
        if self.unknown_lines > 0 {
            self.catch_up(fields[1]);
        }
        let faults = self.faults.count();
        let detail = detail::check(self.line, fields, self.details, &self.rules, &mut self.faults);
        match detail.last4 {
            Some(last4) => self.last4_total += u64::from(last4),
            None => self.is_last4_known = false,
        }
        // A file that is too large is rejected at its end; none of the excess is kept.
        if self.details > DETAILS_MAX {
            return;
        }
        if let Some(unique) = &mut self.unique {
            unique.push(detail.kit, detail.token, self.line);
        }
        match detail.kind.map(|kind| self.groups.count(kind)) {
            Some(None) => self.has_too_many_groups = true,
            Some(Some(group)) if self.faults.count() == faults && self.ends.are(LineEnd::Lf) => {
                self.patterns.learn(text, &fields, group);
            }
            Some(Some(_)) | None => {}
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
        // The digest may include the byte order mark or not.
        let digest = Some(self.digests.take_records()).filter(|_| !self.has_byte_order_mark);
        trailer::check(self.line, fields, totals, digest, &mut self.faults);
    }

    /// Returns the verdict.
    pub(super) fn finish(mut self) -> Result<Manifest, PgkFaults> {
        let mut unique = self.unique.unwrap_or_default();
        for (field, lines) in [("kitNo", unique.kits.repeated_lines()), ("panToken", unique.tokens.repeated_lines())] {
            for line in lines {
                self.faults.field(u64::from(line), field, "must be unique in the file");
            }
        }
        if self.is_misshapen {
            return Err(self.faults);
        }
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
        Ok(Manifest {
            details: self.details,
            groups: self.groups.into_groups(),
            kits: unique.kits,
            digest: self.digests.into_file(),
        })
    }
}

/// Whether all bytes of a line are between 0x20 and 0x7E. No early exit, so that the compiler can vectorize it.
fn is_printable(text: &[u8]) -> bool {
    !text.iter().fold(false, |found, byte| found | (byte.wrapping_sub(0x20) > 0x5E))
}
