//! A parser of whole files that follows docs/pgk-format.md sentence by sentence, regardless of speed.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::rules::{Line, digit, hides_card_number, is, is_kit, lines, trips_guard, type_of, upper, word};

/// The content of a valid file: its kits, and the number of kits per (product, BIN, plastic, length).
#[derive(Debug, PartialEq)]
pub struct Held {
    pub kits: HashSet<String>,
    pub groups: Vec<((String, String, String, String), u32)>,
}

/// The line of a fault, its position in the line, and its sentence. `u64::MAX` stands for the whole file.
type Fault = (u64, usize, String);

const FIELDS: [&str; 11] = [
    "type",
    "seq",
    "kitNo",
    "parentKitNo",
    "bin",
    "panLength",
    "maskedPan",
    "panToken",
    "expiry",
    "productId",
    "plasticCode",
];

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the file")]
struct Reader {
    faults: Vec<Fault>,
    line: u64,
    ref_type: Option<String>,
    details: u64,
    /// The number of lines since the last detail that may have been meant as details.
    unknown: u64,
    unreadable: bool,
    trailer: bool,
    /// The whole file is malformed: nothing else is checked.
    foreign: bool,
    marked: bool,
    last4: Option<u64>,
    kits: HashSet<String>,
    tokens: HashSet<String>,
    groups: Vec<((String, String, String, String), u32)>,
}

impl Reader {
    fn field(&mut self, field: &str, rule: &str) {
        let place = FIELDS.iter().position(|name| *name == field).unwrap_or(0);
        self.faults.push((self.line, place, format!("line {}: {field}: {rule}", self.line)));
    }

    fn judge(&mut self, field: &str, is_right: bool, rule: &str) -> bool {
        if !is_right {
            self.field(field, rule);
        }
        is_right
    }

    fn unreadable(&mut self, rule: &str) {
        self.unreadable = true;
        self.faults.push((self.line, 0, format!("line {}: {rule}", self.line)));
    }

    fn whole_file(&mut self, rule: &str) {
        self.faults.push((u64::MAX, 0, format!("file: {rule}")));
    }

    /// Reports that the whole file is malformed.
    fn foreign(&mut self, rule: &str) {
        self.foreign = true;
        self.faults.push((self.line, 0, format!("line {}: {rule}", self.line)));
    }

    /// Counts a line of which only the type is used.
    fn skip(&mut self, text: &[u8]) {
        match type_of(text) {
            Some(b'D') => self.details += 1,
            other => {
                self.unknown += 1;
                self.trailer |= other == Some(b'T');
            }
        }
    }

    fn header(&mut self, fields: &[&str], tenant: &str, now: Timestamp) {
        self.judge("format", fields[1] == "DCMSPGK", "must be DCMSPGK");
        self.judge("version", fields[2] == "01", "must be 01");
        self.judge("tenant", fields[3] == tenant, "must equal the header tenant of the call");
        if self.judge("fileRef", !hides_card_number(fields[4]), "must not contain a card number") {
            let is_right = is(fields[4], 4..=36, |c| upper(c) || c == '-') && !fields[4].starts_with('-');
            self.judge("fileRef", is_right, "must be 4 to 36 of A-Z, 0-9 and '-', the first not '-'");
        }
        let created = is(fields[5], 16..=16, |c| digit(c) || c == 'T' || c == 'Z')
            .then(|| jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", fields[5]).ok())
            .flatten()
            // A second of 60 would be taken for the one before.
            .filter(|_| !fields[5].ends_with("60Z"))
            .and_then(|time| TimeZone::UTC.to_timestamp(time).ok());
        let window = now - SignedDuration::from_hours(90 * 24)..=now + SignedDuration::from_mins(5);
        self.judge(
            "created",
            created.is_some_and(|at| window.contains(&at)),
            "must be a UTC time as YYYYMMDDTHHMMSSZ, at most 5 minutes ahead and 90 days old",
        );
        let is_known = matches!(fields[6], "DC_KIT" | "PARENT_KIT");
        self.judge("refType", is_known, "must be DC_KIT or PARENT_KIT");
        self.ref_type = is_known.then(|| fields[6].to_owned());
    }

    fn detail(&mut self, fields: &[&str], now: Timestamp) {
        let [_, seq, kit, parent, bin, length, masked, token, expiry, product, plastic] = fields else { return };
        let skipped = (0..=self.unknown).find(|skipped| *seq == format!("{:06}", self.details + skipped));
        self.unknown = 0;
        self.details += skipped.unwrap_or_default();
        self.judge("seq", skipped.is_some(), &format!("must be {:06}", self.details));
        let rule = "must be 1 to 20 of A-Z and 0-9, at most 11 if only digits";
        if self.judge("kitNo", is_kit(kit), rule) {
            let is_new = self.kits.insert((*kit).to_owned());
            self.judge("kitNo", is_new, "must be unique in the file");
        }
        if !parent.is_empty() {
            self.judge("parentKitNo", is_kit(parent), rule);
        } else if self.ref_type.as_deref() == Some("PARENT_KIT") {
            self.field("parentKitNo", "is required when refType is PARENT_KIT");
        }
        let bin_right = (is(bin, 6..=6, digit) || is(bin, 8..=8, digit)) && !bin.starts_with('0');
        self.judge("bin", bin_right, "must be 6 or 8 digits that do not start with 0");
        let length_right = matches!(*length, "16" | "17" | "18" | "19");
        self.judge("panLength", length_right, "must be 16 to 19");
        self.masked(masked, bin_right.then_some(bin), length_right.then_some(length));
        self.judge("panToken", !hides_card_number(token), "must not contain a card number");
        let rule = "must be 16 to 64 letters, digits, '_' or '-', at least one of them a letter";
        let token_right = is(token, 16..=64, word) && token.chars().any(|c| c.is_ascii_alphabetic());
        if self.judge("panToken", token_right, rule) {
            let is_new = self.tokens.insert((*token).to_owned());
            self.judge("panToken", is_new, "must be unique in the file");
        }
        let today = TimeZone::UTC.to_datetime(now);
        let months = is(expiry, 4..=4, digit).then(|| {
            let (year, month): (i64, i64) = (expiry[..2].parse().unwrap(), expiry[2..].parse().unwrap());
            (month, (2000 + year) * 12 + month - i64::from(today.year()) * 12 - i64::from(today.month()))
        });
        let is_right = months.is_some_and(|(month, ahead)| (1..=12).contains(&month) && (0..=120).contains(&ahead));
        self.judge("expiry", is_right, "must be YYMM from the current month to 10 years ahead");
        self.judge("productId", !hides_card_number(product), "must not contain a card number");
        let product_right = is(product, 1..=32, word);
        self.judge("productId", product_right, "must be 1 to 32 letters, digits, '_' or '-'");
        let plastic_right = is(plastic, 1..=10, |c| c.is_ascii_alphanumeric());
        self.judge("plasticCode", plastic_right, "must be 1 to 10 letters or digits");
        let group = [product, bin, plastic, length].map(|field| (*field).to_owned()).into();
        match self.groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, count)) => *count += 1,
            None => self.groups.push((group, 1)),
        }
    }

    /// It is not compared with an invalid BIN or length.
    fn masked(&mut self, masked: &str, bin: Option<&str>, length: Option<&str>) {
        let shown = masked.split('X').next().unwrap_or_default();
        let last = masked.rsplit('X').next().unwrap_or_default();
        let hidden = masked.chars().filter(|c| *c == 'X').count();
        let is_right = masked == format!("{shown}{}{last}", "X".repeat(hidden))
            && hidden > 0
            && is(shown, 1..=19, digit)
            && is(last, 4..=4, digit)
            && (16..=19).contains(&masked.len())
            && bin.is_none_or(|bin| bin == shown)
            && length.is_none_or(|length| length == masked.len().to_string());
        let hidden_min = if length == Some("16") && shown.len() == 8 { 4 } else { 6 };
        let is_hidden = bin.is_none() || length.is_none() || hidden >= hidden_min;
        if !self.judge("maskedPan", is_right, "must be the bin, then X, then 4 digits, panLength characters in all")
            || !self.judge(
                "maskedPan",
                is_hidden,
                "must hide at least 6 digits, or at least 4 when panLength is 16 and bin has 8 digits",
            )
        {
            self.last4 = None;
        }
        self.last4 = self.last4.map(|sum| sum + last.parse::<u64>().unwrap());
    }

    fn trailer(&mut self, fields: &[&str], records: &[u8]) {
        for (name, field, total) in [("detailCount", fields[1], self.details), ("lineCount", fields[2], self.line)] {
            if self.unreadable {
                self.judge(name, field.len() >= 6 && field.chars().all(digit), "must be digits, zero-padded to 6");
            } else {
                self.judge(name, field == format!("{total:06}"), &format!("must be {total:06}"));
            }
        }
        let has_form = fields[3].len() >= 10 && fields[3].chars().all(digit);
        if self.judge("last4Total", has_form, "must be digits, zero-padded to 10")
            && let (false, Some(sum)) = (self.unreadable, self.last4)
        {
            let rule = "must be the sum of the last four digits of every maskedPan";
            self.judge("last4Total", fields[3] == format!("{sum:010}"), rule);
        }
        let is_hex = is(fields[4], 64..=64, |c| digit(c) || ('a'..='f').contains(&c));
        if self.judge("sha256", is_hex, "must be 64 lower-case hex digits")
            && !self.marked
            && fields[4] != hex::encode(Sha256::digest(records))
        {
            self.whole_file("sha256 does not match");
        }
    }

    fn record(&mut self, text: &[u8], records: &[u8], tenant: &str, now: Timestamp) {
        if self.trailer {
            return self.unreadable(match text {
                b"" => "must not follow the trailer: remove the blank line",
                b"\x1a" => "must not follow the trailer: remove the Ctrl-Z (0x1A)",
                _ => "must not follow the trailer",
            });
        }
        let mark = "\u{feff}".as_bytes();
        let text = if self.line == 1 && text.starts_with(mark) {
            self.marked = true;
            let rule = "must not start with a byte order mark; save the file as plain ASCII";
            self.faults.push((1, 0, format!("line 1: {rule}")));
            &text[mark.len()..]
        } else {
            text
        };
        let is_header = self.line == 1;
        let is_separated = text.starts_with(b"H") && text.get(2..).is_some_and(|rest| rest.starts_with(b"DCMSPGK"));
        let is_quoted =
            text.starts_with(b"\"") || text.windows(2).any(|pair| b"|,;\t".contains(&pair[0]) && pair[1] == b'"');
        if is_header && is_quoted {
            return self.foreign("fields must not be quoted");
        }
        if is_header && is_separated && text[1] != b'|' {
            return self.foreign("fields must be separated by |");
        }
        if text.is_empty() {
            return self.unreadable("must not be blank");
        }
        if text.iter().any(|byte| !(0x20..=0x7E).contains(byte)) {
            self.skip(text);
            let is_text = |text: &[u8]| text.iter().all(|byte| (0x20..=0x7E).contains(byte));
            if type_of(text) == Some(b'T') && text.strip_suffix(b"\x1a").is_some_and(is_text) {
                return self.unreadable("must not end with a Ctrl-Z (0x1A): remove it");
            }
            return self.unreadable("must hold only ASCII characters 0x20 to 0x7E");
        }
        let fields: Vec<&str> = std::str::from_utf8(text).unwrap().split('|').collect();
        if is_quoted {
            return self.foreign("fields must not be quoted");
        }
        match (self.line, type_of(text)) {
            (1, Some(b'H')) if fields.len() == 7 => self.header(&fields, tenant, now),
            (1, Some(b'H')) => self.unreadable("must have 7 fields"),
            (1, _) => {
                self.skip(text);
                self.unreadable("must be the H record");
            }
            (_, Some(b'D')) => {
                self.details += 1;
                if fields.len() == 11 { self.detail(&fields, now) } else { self.unreadable("must have 11 fields") }
            }
            (_, Some(b'T')) => {
                self.trailer = true;
                if fields.len() == 5 { self.trailer(&fields, records) } else { self.unreadable("must have 5 fields") }
            }
            _ => {
                self.skip(text);
                self.unreadable("must be a D record or the T record");
            }
        }
    }
}

/// Returns the content of a file, or its faults.
pub fn parse(file: &[u8], tenant: &str, now: Timestamp) -> Result<Held, Vec<String>> {
    let mut reader = Reader { last4: Some(0), ..Reader::default() };
    // All records so far, each followed by one LF.
    let mut records = Vec::new();
    let (mut end, mut is_end_refused) = (None, false);
    for Line { text, end: this_end } in lines(file) {
        reader.line += 1;
        if reader.foreign {
            continue;
        }
        let is_control = |byte: &u8| byte.is_ascii_control() && !b"\t\n\r".contains(byte);
        let is_marked = text.starts_with("\u{feff}".as_bytes());
        let starts_foreign = !text.is_empty() && !text[0].is_ascii() && !is_marked;
        let looked_at = &text[..text.len().min(4)];
        if reader.line == 1 && (starts_foreign || looked_at.iter().any(is_control)) {
            reader.foreign = true;
            reader.whole_file("must be ASCII text");
        } else if trips_guard(&text) {
            reader.skip(&text);
            reader.unreadable("must not hold 12 or more digits in a row");
        } else if text.len() > 512 {
            if reader.line == 1 && is_marked {
                reader.marked = true;
                reader.faults.push((
                    1,
                    0,
                    "line 1: must not start with a byte order mark; save the file as plain ASCII".to_owned(),
                ));
            }
            reader.skip(&text);
            reader.unreadable("must be at most 512 bytes");
        } else {
            let first_end = *end.get_or_insert(this_end);
            if !this_end.is_empty() && this_end != first_end && !is_end_refused {
                is_end_refused = true;
                let line = reader.line;
                reader.faults.push((
                    line,
                    0,
                    format!("line {line}: must end with {first_end} like the lines before it"),
                ));
            }
            reader.record(&text, &records, tenant, now);
        }
        records.extend(text);
        records.push(b'\n');
    }
    if reader.line == 0 {
        reader.whole_file("must not be empty");
    } else if !reader.foreign {
        if reader.details == 0 && !reader.unreadable {
            reader.whole_file("has no detail records");
        }
        if !reader.trailer {
            reader.whole_file("has no trailer");
        }
    }
    let mut faults = reader.faults;
    if faults.is_empty() {
        return Ok(Held { kits: reader.kits, groups: reader.groups });
    }
    faults.sort_by_key(|(line, place, _)| (*line, *place));
    let more = faults.len().saturating_sub(50);
    let kept = faults.into_iter().take(50).map(|(_, _, sentence)| sentence);
    Err(kept.chain((more > 0).then(|| format!("… and {more} more"))).collect())
}
