//! Recognizes details that look like an earlier one: the same widths and kind, other numbers. Most lines of a file do, and
//! comparing bytes by position is enough. Any other line is checked field by field, and only that reports faults.

use std::ops::{Range, RangeInclusive};

use super::kit::KitNo;
use super::scan::{
    STEP, any_step, has_four_digits, has_kit_gap, has_other, has_run, has_token_gap, kit_has_run, number,
};

/// The longest line that becomes a pattern, with its LF, in bytes.
const BYTES_MAX: usize = 256;

/// How many patterns are kept: this many kinds may alternate.
const KEPT_MAX: usize = 8;

/// The patterns of recent details.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    kept: Vec<Pattern>,
    /// The pattern that the last detail matched; `None` if the last line does not predict the next.
    last: Option<usize>,
    /// For each pattern the one that followed it last: kinds often alternate.
    next: [usize; KEPT_MAX],
    /// The pattern to replace next.
    oldest: usize,
}

impl Patterns {
    /// Matches no line until another detail is learned.
    pub(super) fn pause(&mut self) {
        self.last = None;
    }

    /// Makes a valid detail of this group the pattern for those that follow.
    pub(super) fn learn(&mut self, text: &[u8], fields: &[&[u8]; 11], group: usize) {
        self.last = Pattern::of(text, fields, group).map(|pattern| {
            if let Some(same) = self.kept.iter().position(|kept| *kept == pattern) {
                return same;
            }
            if self.kept.len() < KEPT_MAX {
                self.kept.push(pattern);
                return self.kept.len() - 1;
            }
            self.oldest = (self.oldest + 1) % KEPT_MAX;
            self.kept[self.oldest] = pattern;
            self.oldest
        });
    }

    /// Returns the line at the start of these bytes if it matches a pattern. `None` does not mean that it is invalid.
    pub(super) fn read<'a>(&mut self, bytes: &'a [u8]) -> Option<(&Pattern, Varying<'a>)> {
        let last = self.last?;
        let mut index = self.next[last];
        if !self.kept[index].has_right_bytes(bytes) {
            index = self.kept.iter().position(|pattern| pattern.has_right_bytes(bytes))?;
            self.next[last] = index;
        }
        self.last = Some(index);
        let pattern = &self.kept[index];
        Some((pattern, pattern.read(bytes)?))
    }
}

/// For each byte of a line the range in which a detail of this pattern is valid.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The length of a line with its LF, in bytes.
    length: usize,
    /// The group of every line that matches.
    group: usize,
    /// For each position the lowest byte allowed, and the size of the range above it. After the line, any byte is allowed.
    lowest: [u8; BYTES_MAX],
    span: [u8; BYTES_MAX],
    seq: Range<usize>,
    kit: Range<usize>,
    /// From the kit's number to the end of its parent's.
    kits: Range<usize>,
    parent: Range<usize>,
    last4: Range<usize>,
    token: Range<usize>,
}

/// The fields that differ between lines that match.
#[derive(Debug)]
pub(super) struct Varying<'a> {
    pub(super) seq: u32,
    pub(super) last4: u32,
    pub(super) token: &'a [u8],
}

impl Pattern {
    /// Creates the pattern of a valid detail, if it is not too long.
    fn of(text: &[u8], fields: &[&[u8]; 11], group: usize) -> Option<Self> {
        if text.len() >= BYTES_MAX {
            return None;
        }
        let mut start = 0;
        let [_, seq, kit, parent, _, _, masked_pan, token, ..] = fields.map(|field| {
            let place = start..start + field.len();
            start = place.end + 1;
            place
        });
        let mut pattern = Self {
            length: text.len() + 1,
            group,
            lowest: [0; BYTES_MAX],
            span: [u8::MAX; BYTES_MAX],
            kits: kit.start..parent.end,
            last4: masked_pan.end - 4..masked_pan.end,
            seq,
            kit,
            parent,
            token,
        };
        // BIN, length, expiry, product and plastic are the same in every line that matches.
        pattern.allow(0..text.len(), text, |byte| byte..=byte);
        pattern.allow(pattern.seq.clone(), text, |_| b'0'..=b'9');
        pattern.allow(pattern.kit.clone(), text, |_| b'0'..=b'Z');
        pattern.allow(pattern.parent.clone(), text, |_| b'0'..=b'Z');
        pattern.allow(pattern.last4.clone(), text, |_| b'0'..=b'9');
        pattern.allow(pattern.token.clone(), text, |_| b'-'..=b'z');
        pattern.set(text.len(), b'\n'..=b'\n');
        Some(pattern)
    }

    fn allow(&mut self, places: Range<usize>, text: &[u8], allowed: impl Fn(u8) -> RangeInclusive<u8>) {
        for place in places {
            self.set(place, allowed(text[place]));
        }
    }

    fn set(&mut self, place: usize, allowed: RangeInclusive<u8>) {
        self.lowest[place] = *allowed.start();
        self.span[place] = allowed.end() - allowed.start();
    }

    /// Returns the group of a line that matches.
    pub(super) fn group(&self) -> usize {
        self.group
    }

    /// Returns the length of a line that matches, with its LF, in bytes.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Returns the line at the start of these bytes, whose bytes are in range, if it matches.
    fn read<'a>(&self, bytes: &'a [u8]) -> Option<Varying<'a>> {
        let token = bytes.get(self.token.clone())?;
        if any_step(bytes, &self.kits, has_kit_gap)
            || any_step(bytes, &self.token, has_token_gap)
            || bytes.get(self.kit.clone()).is_none_or(kit_has_run)
            || bytes.get(self.parent.clone()).is_none_or(kit_has_run)
            || (any_step(bytes, &self.token, has_four_digits) && has_run(token))
            || !token.iter().any(u8::is_ascii_alphabetic)
        {
            return None;
        }
        Some(Varying { seq: number(bytes, &self.seq)?, last4: number(bytes, &self.last4)?, token })
    }

    /// Returns the kit of a line that matches.
    pub(super) fn kit(&self, line: &[u8]) -> Option<KitNo> {
        KitNo::at(line, &self.kit)
    }

    fn has_right_bytes(&self, bytes: &[u8]) -> bool {
        let Some(bytes) = bytes.get(..self.length.next_multiple_of(STEP)) else { return false };
        let places = self.lowest.as_chunks().0.iter().zip(self.span.as_chunks().0);
        bytes.as_chunks().0.iter().zip(places).all(|(bytes, (lowest, span))| !has_other(bytes, lowest, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "D|000001|K00000000A12|P1|60804012|16|60804012XXXX2751|tk_QJ7MZ4V2KXWY3PHN|2907|PROD-001|71\n";
    const NEXT: &str = "D|000002|K00000000A13|P1|60804012|16|60804012XXXX2752";

    fn learned() -> Pattern {
        let fields: Vec<&[u8]> = LINE.trim_end().as_bytes().split(|byte| *byte == b'|').collect();
        Pattern::of(LINE.trim_end().as_bytes(), &fields.try_into().unwrap(), 7).unwrap()
    }

    fn read(bytes: &str) -> Option<Varying<'_>> {
        let pattern = learned();
        pattern.has_right_bytes(bytes.as_bytes()).then(|| pattern.read(bytes.as_bytes()))?
    }

    #[test]
    fn another_line_of_its_kind_matches_and_is_read() {
        let line = LINE.replace("000001", "654321").replace("A12", "Z99").replace("2751", "0042").replace("tk_", "-_9");
        let text = line.clone() + NEXT;
        let pattern = learned();
        let varying = read(&text).unwrap();
        assert_eq!((varying.seq, varying.last4, pattern.length()), (654_321, 42, line.len()));
        assert_eq!(pattern.kit(text.as_bytes()).map(|kit| kit.to_string()), Some("K00000000Z99".to_owned()));
        assert_eq!(varying.token, b"-_9QJ7MZ4V2KXWY3PHN");
    }

    #[test]
    fn a_line_that_may_have_a_fault_does_not_match() {
        for (from, to) in [
            ("D|", "T|"),
            ("000001", "00000:"),
            ("000001", "00000A"),
            ("K0", "k0"),
            ("K0", "@0"),
            ("K0", ":0"),
            ("K00000000A12", "000000000012"),
            ("P1", "P["),
            ("P1", "P|"),
            ("60804012|", "60804013|"),
            ("|16|", "|17|"),
            ("XXXX", "XX1X"),
            ("2751", "275 "),
            ("tk_", "tk."),
            ("tk_", "tk/"),
            ("tk_", "tk^"),
            ("tk_", "tk`"),
            ("tk_", "tk{"),
            ("tk_", "tk\u{1}"),
            ("tk_QJ7MZ4V2KXWY3PHN", "tk_123456789012-PHN"),
            ("tk_QJ7MZ4V2KXWY3PHN", "4111-1111-1111-1111"),
            ("tk_QJ7MZ4V2KXWY3PHN", "t_4111_1111_1111_11"),
            ("tk_QJ7MZ4V2KXWY3PHN", "1_1_1_1_1_1_1_1_1_1"),
            ("2907", "2908"),
            ("PROD-001", "PROD-002"),
            ("71\n", "71\r"),
            ("71\n", "7\n\n"),
        ] {
            assert_eq!(LINE.matches(from).count().min(1), 1, "{from} is in the line");
            let text = LINE.replacen(from, to, 1) + NEXT;
            assert!(read(&text).is_none(), "{from:?} as {to:?}");
        }
        assert!(read(LINE).is_none(), "too few bytes after the line to check it in steps");
    }
}
