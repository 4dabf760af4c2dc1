//! The records of a file: the checks per line, and the totals.

use super::detail::is_number;
use super::digest::Digests;
use super::groups::{GROUPS_MAX, KitGroups};
use super::lines::{LINE_BYTES_MAX, LineEnd, LineEnds, RawLine, record_type, split};
use super::manifest::{DETAILS_MAX, Manifest};
use super::pattern::Patterns;
use super::rules::Rules;
use super::trailer::Totals;
use super::unique::Unique;
use super::{PgkFaults, detail, header, shape, trailer};

/// How many sequence numbers are tried after lines of unknown type between two details.
const UNKNOWN_LINES_MAX: u32 = 1_000;

/// What is known about the records so far.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the file")]
pub(super) struct Records {
    rules: Rules,
    /// `None` if uniqueness is not checked.
    unique: Option<Box<Unique>>,
    patterns: Patterns,
    faults: PgkFaults,
    line: u64,
    ends: LineEnds,
    digests: Digests,
    details: u32,
    /// The number of lines of unknown type since the last detail.
    unknown_lines: u32,
    /// `None` if one of them is invalid.
    last4_total: Option<u64>,
    has_unreadable_line: bool,
    has_byte_order_mark: bool,
    /// The whole file is malformed: nothing else is checked.
    is_malformed: bool,
    has_trailer: bool,
    groups: KitGroups,
    has_too_many_groups: bool,
}

impl Records {
    pub(super) fn new(rules: Rules, unique: Option<Box<Unique>>) -> Self {
        Self {
            rules,
            unique,
            patterns: Patterns::default(),
            faults: PgkFaults::default(),
            line: 0,
            ends: LineEnds::default(),
            digests: Digests::default(),
            details: 0,
            unknown_lines: 0,
            last4_total: Some(0),
            has_unreadable_line: false,
            has_byte_order_mark: false,
            is_malformed: false,
            has_trailer: false,
            groups: KitGroups::default(),
            has_too_many_groups: false,
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
                RawLine::Whole(text, end) if record_type(text) == Some(b'T') => self.digests.add_trailer(text, *end),
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
    pub(super) fn take_matching(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while self.details < DETAILS_MAX
            && let Some((pattern, detail)) = self.patterns.read(&bytes[taken..])
            && detail.seq == self.details + 1
        {
            self.line += 1;
            self.details += 1;
            self.last4_total = self.last4_total.map(|total| total + u64::from(detail.last4));
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
        if self.line == 1 && shape::is_foreign(line.start()) {
            self.is_malformed = true;
            self.faults.file("must be ASCII text");
        }
        match line {
            _ if self.is_malformed => {}
            line if line.holds_card_number() => self.skip(line.start(), "must not hold 12 or more digits in a row"),
            RawLine::TooLong { start, .. } => {
                self.note_byte_order_mark(start);
                self.skip(start, &format!("must be at most {LINE_BYTES_MAX} bytes"));
            }
            RawLine::Whole(text, end) => {
                if let Some(rule) = self.ends.check(*end) {
                    self.faults.line(self.line, rule);
                }
                self.take_record(text);
            }
        }
    }

    /// Reports a byte order mark before the first line.
    fn note_byte_order_mark(&mut self, text: &[u8]) {
        if self.line == 1 && shape::without_mark(text).is_some() {
            self.has_byte_order_mark = true;
            self.faults.line(1, "must not start with a byte order mark; save the file as plain ASCII");
        }
    }

    /// Reports that the whole file is malformed.
    fn malformed(&mut self, rule: &str) {
        self.is_malformed = true;
        self.faults.line(self.line, rule);
    }

    /// Reports a line that is not used.
    fn unreadable(&mut self, rule: &str) {
        self.has_unreadable_line = true;
        self.faults.line(self.line, rule);
    }

    /// Reports a line of which only the type is used. One of unknown type may have been meant as a detail.
    fn skip(&mut self, text: &[u8], rule: &str) {
        self.unreadable(rule);
        match record_type(text) {
            Some(b'D') => self.details = self.details.saturating_add(1),
            other => {
                self.unknown_lines = self.unknown_lines.saturating_add(1);
                self.has_trailer |= other == Some(b'T');
            }
        }
    }

    /// Skips the sequence numbers that lines of unknown type may have had, so that one such line is one fault.
    fn catch_up(&mut self, seq: &[u8]) {
        let unknown = std::mem::take(&mut self.unknown_lines).min(UNKNOWN_LINES_MAX);
        let skipped = (0..=unknown).find(|skipped| is_number(seq, u64::from(self.details + skipped), 6));
        self.details += skipped.unwrap_or_default();
    }

    fn take_record(&mut self, text: &[u8]) {
        if self.has_trailer {
            return self.unreadable(shape::after_trailer(text));
        }
        let is_first = self.line == 1;
        self.note_byte_order_mark(text);
        let text = shape::without_mark(text).filter(|_| is_first).unwrap_or(text);
        if is_first && shape::has_other_separator(text) && !shape::is_quoted(text) {
            return self.malformed("fields must be separated by |");
        }
        let (kind, is_ascii) = (record_type(text), is_printable(text));
        if (is_first || is_ascii) && shape::is_quoted(text) {
            return self.malformed("fields must not be quoted");
        }
        if text.is_empty() {
            return self.unreadable("must not be blank");
        }
        if kind == Some(b'T') && text.strip_suffix(shape::CTRL_Z).is_some_and(is_printable) {
            return self.skip(text, "must not end with a Ctrl-Z (0x1A): remove it");
        }
        if !is_ascii {
            return self.skip(text, "must hold only ASCII characters 0x20 to 0x7E");
        }
        match kind {
            Some(b'H') if is_first => self.take_header(text),
            _ if is_first => self.skip(text, "must be the H record"),
            Some(b'D') => self.take_detail(text),
            Some(b'T') => self.take_trailer(text),
            _ => self.skip(text, "must be a D record or the T record"),
        }
    }

    fn take_header(&mut self, text: &[u8]) {
        let Some(fields) = split::<7>(text) else { return self.unreadable("must have 7 fields") };
        self.rules.ref_type = header::check(self.line, fields, &self.rules, &mut self.faults);
    }

    fn take_detail(&mut self, text: &[u8]) {
        self.details = self.details.saturating_add(1);
        let Some(fields) = split::<11>(text) else { return self.unreadable("must have 11 fields") };
        if self.unknown_lines > 0 {
            self.catch_up(fields[1]);
        }
        let faults = self.faults.count();
        let detail = detail::check(self.line, fields, self.details, &self.rules, &mut self.faults);
        self.last4_total = self.last4_total.zip(detail.last4).map(|(total, last4)| total + u64::from(last4));
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
        let totals = Totals { details: u64::from(self.details), lines: self.line, last4: self.last4_total };
        let totals = (!self.has_unreadable_line).then_some(&totals);
        // The digest may include the byte order mark or not.
        let digest = Some(self.digests.take_records()).filter(|_| !self.has_byte_order_mark);
        trailer::check(self.line, fields, totals, digest, &mut self.faults);
    }

    /// Returns the verdict.
    pub(super) fn finish(mut self) -> Result<Manifest, PgkFaults> {
        let unique = self.unique.unwrap_or_default();
        for (field, lines) in unique.repeated() {
            for line in lines {
                self.faults.field(u64::from(line), field, "must be unique in the file");
            }
        }
        if self.is_malformed {
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
            kits: unique.into_kits(),
            digest: self.digests.into_file(),
        })
    }
}

/// Whether all bytes of a line are between 0x20 and 0x7E. No early exit, so that the compiler can vectorize it.
fn is_printable(text: &[u8]) -> bool {
    !text.iter().fold(false, |found, byte| found | (byte.wrapping_sub(0x20) > 0x5E))
}
