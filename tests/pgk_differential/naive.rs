//! A parser of whole files that follows docs/pgk-format.md sentence by sentence, regardless of speed.

use std::collections::HashSet;

use jiff::Timestamp;

use super::rules::{Line, lines, trips_guard, type_of};

/// The content of a valid file: its kits, and the number of kits per (product, BIN, plastic, length).
#[derive(Debug, PartialEq)]
pub struct Held {
    pub kits: HashSet<String>,
    pub groups: Vec<((String, String, String, String), u32)>,
}

/// The line of a fault, its position in the line, and its sentence. `u64::MAX` stands for the whole file.
type Fault = (u64, usize, String);

/// The fields of a detail after its type, in order.
const FIELDS: &str = "seq kitNo parentKitNo bin panLength maskedPan panToken expiry productId plasticCode";

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the file")]
pub struct Reader {
    pub faults: Vec<Fault>,
    pub line: u64,
    pub ref_type: Option<String>,
    pub details: u64,
    /// The number of lines since the last detail that may have been meant as details.
    pub unknown: u64,
    pub unreadable: bool,
    pub trailer: bool,
    /// The whole file is malformed: nothing else is checked.
    pub foreign: bool,
    pub marked: bool,
    pub last4: Option<u64>,
    pub kits: HashSet<String>,
    pub tokens: HashSet<String>,
    pub groups: Vec<((String, String, String, String), u32)>,
}

impl Reader {
    pub fn field(&mut self, field: &str, rule: &str) {
        let place = FIELDS.split(' ').position(|name| name == field).map_or(0, |index| index + 1);
        self.faults.push((self.line, place, format!("line {}: {field}: {rule}", self.line)));
    }

    pub fn judge(&mut self, field: &str, is_right: bool, rule: &str) -> bool {
        if !is_right {
            self.field(field, rule);
        }
        is_right
    }

    fn whole_line(&mut self, rule: &str) {
        self.faults.push((self.line, 0, format!("line {}: {rule}", self.line)));
    }

    fn unreadable(&mut self, rule: &str) {
        self.unreadable = true;
        self.whole_line(rule);
    }

    /// Reports a byte order mark before the first line.
    fn marked(&mut self) {
        self.marked = true;
        self.whole_line("must not start with a byte order mark; save the file as plain ASCII");
    }

    pub fn whole_file(&mut self, rule: &str) {
        self.faults.push((u64::MAX, 0, format!("file: {rule}")));
    }

    /// Reports that the whole file is malformed.
    fn foreign(&mut self, rule: &str) {
        self.foreign = true;
        self.whole_line(rule);
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
            self.marked();
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
                reader.marked();
            }
            reader.skip(&text);
            reader.unreadable("must be at most 512 bytes");
        } else {
            let first_end = *end.get_or_insert(this_end);
            if !this_end.is_empty() && this_end != first_end && !is_end_refused {
                is_end_refused = true;
                reader.whole_line(&format!("must end with {first_end} like the lines before it"));
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
