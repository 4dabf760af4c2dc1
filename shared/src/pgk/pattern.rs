//! Details that look like one before them: the same widths, the same kind, other numbers. Most lines of a file do, and
//! a look at the bytes in their places tells. What does not fit is judged field by field, and only there faults are said.

use std::ops::{Range, RangeInclusive};

use super::guard::RUN_MAX;
use super::kit::KitNo;

/// Bytes of the longest line that a pattern is made of, with its LF.
const BYTES_MAX: usize = 256;
/// Bytes that are looked at together.
const STEP: usize = 32;

/// How many patterns are kept: so many kinds may take turns.
const KEPT_MAX: usize = 8;

/// What the details of a file have looked like of late.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    kept: Vec<Pattern>,
    /// The one that the last detail fitted; `None` where the last line says nothing about the next.
    last: Option<usize>,
    /// The one that goes next.
    oldest: usize,
}

impl Patterns {
    /// From here on no line fits, until a detail is learned.
    pub(super) fn pause(&mut self) {
        self.last = None;
    }

    /// Takes a detail of this group that has no fault as the pattern of those that follow.
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

    /// The pattern that the line at the start of these bytes may fit.
    pub(super) fn fitting(&mut self, bytes: &[u8]) -> Option<&Pattern> {
        let last = self.last?;
        if !self.kept[last].has_right_bytes(bytes) {
            self.last = Some(self.kept.iter().position(|pattern| pattern.has_right_bytes(bytes))?);
        }
        self.kept.get(self.last?)
    }
}

/// What each byte of a detail may be, so that its line is without a fault.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Bytes of a line with its LF.
    length: usize,
    /// The group of every line that fits.
    group: usize,
    /// At each place the lowest byte that may stand there, and how far above it the highest is. Behind the line any may.
    lowest: [u8; BYTES_MAX],
    span: [u8; BYTES_MAX],
    seq: Range<usize>,
    kit: Range<usize>,
    /// From the kit's number to the end of its parent's.
    kits: Range<usize>,
    /// Of these the part that is long enough for a card number, or nothing.
    long_kits: Range<usize>,
    last4: Range<usize>,
    token: Range<usize>,
}

/// What a line that fits says anew.
#[derive(Debug)]
pub(super) struct Fitting<'a> {
    pub(super) seq: u32,
    pub(super) last4: u32,
    pub(super) token: &'a [u8],
}

impl Pattern {
    /// The pattern of a detail that has no fault, if it is not too long.
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
            long_kits: match (kit.len() >= RUN_MAX, parent.len() >= RUN_MAX) {
                (true, true) => kit.start..parent.end,
                (true, false) => kit.clone(),
                (false, true) => parent.clone(),
                (false, false) => 0..0,
            },
            last4: masked_pan.end - 4..masked_pan.end,
            seq,
            kit,
            token,
        };
        // The BIN, its length, the expiry, the product and the plastic are the same in every line that fits.
        pattern.allow(0..text.len(), text, |byte| byte..=byte);
        pattern.allow(pattern.seq.clone(), text, |_| b'0'..=b'9');
        pattern.allow(pattern.kit.clone(), text, |_| b'0'..=b'Z');
        pattern.allow(parent, text, |_| b'0'..=b'Z');
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

    /// The group that a line that fits counts for.
    pub(super) fn group(&self) -> usize {
        self.group
    }

    /// How many bytes a line that fits has, with its LF.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The line at the start of these bytes, if it fits. A `None` says nothing about it.
    pub(super) fn read<'a>(&self, bytes: &'a [u8]) -> Option<Fitting<'a>> {
        if !self.has_right_bytes(bytes) {
            return None;
        }
        let token = bytes.get(self.token.clone())?;
        if any_step(bytes, &self.kits, has_kit_gap)
            || any_step(bytes, &self.token, has_token_gap)
            || bytes.get(self.long_kits.clone()).is_none_or(has_run)
            || (any_step(bytes, &self.token, has_four_digits) && has_run(token))
            || !token.iter().any(u8::is_ascii_alphabetic)
        {
            return None;
        }
        Some(Fitting { seq: number(bytes, &self.seq)?, last4: number(bytes, &self.last4)?, token })
    }

    /// The kit of a line that fits.
    pub(super) fn kit(&self, line: &[u8]) -> Option<KitNo> {
        KitNo::at(line, &self.kit)
    }

    fn has_right_bytes(&self, bytes: &[u8]) -> bool {
        let Some(bytes) = bytes.get(..self.length.next_multiple_of(STEP)) else { return false };
        let places = self.lowest.as_chunks().0.iter().zip(self.span.as_chunks().0);
        bytes.as_chunks().0.iter().zip(places).all(|(bytes, (lowest, span))| !has_other(bytes, lowest, span))
    }
}

/// Whether a byte lies outside of its range. Like the looks below without an early end and without a condition, so that
/// the compiler takes many bytes at once.
fn has_other(bytes: &[u8; STEP], lowest: &[u8; STEP], span: &[u8; STEP]) -> bool {
    let mut found = 0;
    for place in 0..STEP {
        found |= bytes[place].wrapping_sub(lowest[place]).saturating_sub(span[place]);
    }
    found != 0
}

/// Above 0 for one of so many bytes from the lowest on.
fn within(byte: u8, lowest: u8, count: u8) -> u8 {
    count.saturating_sub(byte.wrapping_sub(lowest))
}

/// Between the digits and the letters of a kit number lie bytes that it may not hold.
fn has_kit_gap(bytes: &[u8; STEP]) -> bool {
    bytes.iter().fold(0, |found, byte| found | within(*byte, b':', 7)) != 0
}

/// Between the lowest and the highest byte of a token lie some that it may not hold.
fn has_token_gap(bytes: &[u8; STEP]) -> bool {
    let gaps = |byte| within(byte, b'.', 2) | within(byte, b':', 7) | within(byte, b'[', 4) | within(byte, b'`', 1);
    bytes.iter().fold(0, |found, byte| found | gaps(*byte)) != 0
}

/// Whether every byte of a group of four is a digit or a dash. Twelve such bytes in a row hold a whole group.
fn has_four_digits(bytes: &[u8; STEP]) -> bool {
    let mut found = 0;
    for four in bytes.as_chunks::<4>().0 {
        let word = u32::from_le_bytes(*four);
        let other = (word ^ 0x3030_3030).wrapping_add(0x7676_7676) & (word ^ 0x2D2D_2D2D).wrapping_add(0x7F7F_7F7F);
        found |= u32::from(other & 0x8080_8080 == 0);
    }
    found != 0
}

/// Whether a look at one of the steps over these places finds something; the last may reach behind them.
fn any_step(bytes: &[u8], places: &Range<usize>, is_found: impl Fn(&[u8; STEP]) -> bool) -> bool {
    let end = places.start + places.len().next_multiple_of(STEP);
    bytes.get(places.start..end).is_none_or(|bytes| bytes.as_chunks().0.iter().any(is_found))
}

/// Whether so many digits or dashes stand in a row that they may be a card number, in at most 64 bytes.
fn has_run(field: &[u8]) -> bool {
    // One bit for each byte; of bytes that are looked at twice both say the same.
    let (words, rest) = field.as_chunks::<8>();
    let mut run = words.iter().enumerate().fold(0, |bits, (word, bytes)| bits | digits(*bytes) << (8 * word));
    if let (false, Some(last)) = (rest.is_empty(), field.last_chunk()) {
        run |= digits(*last) << (field.len() - 8);
    }
    // A bit that is left stands for the last of 2, 4, 8 and then 12 in a row.
    run &= run << 1;
    run &= run << 2;
    (run & run << 4) & run << 8 != 0
}

/// A bit for each byte that is a digit or a dash.
fn digits(bytes: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(bytes);
    // Bit 7 of a byte says that it is no digit, and that it is no dash.
    let other = (word ^ 0x3030_3030_3030_3030).wrapping_add(0x7676_7676_7676_7676)
        & (word ^ 0x2D2D_2D2D_2D2D_2D2D).wrapping_add(0x7F7F_7F7F_7F7F_7F7F);
    // The multiplication gathers them in the highest byte.
    ((!other & 0x8080_8080_8080_8080) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The number that at most eight digits make; `None` where they end before a line's eighth byte.
#[expect(clippy::cast_possible_truncation, reason = "eight digits fit")]
fn number(line: &[u8], digits: &Range<usize>) -> Option<u32> {
    let text = line.get(digits.end.checked_sub(8)?..digits.end)?.first_chunk()?;
    let unused = 8 * 8_usize.checked_sub(digits.len())?;
    // Neighbours are joined, and then their neighbours: four sums at once, two, and one.
    let ones = u64::from_le_bytes(*text).wrapping_sub(0x3030_3030_3030_3030).checked_shr(unused as u32)? << unused;
    let pairs = (ones & 0x00FF_00FF_00FF_00FF) * 10 + ((ones >> 8) & 0x00FF_00FF_00FF_00FF);
    let fours = (pairs & 0x0000_FFFF_0000_FFFF) * 100 + ((pairs >> 16) & 0x0000_FFFF_0000_FFFF);
    Some(((fours & 0xFFFF_FFFF) * 10_000 + (fours >> 32)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "D|000001|K00000000A12|P1|60804012|16|60804012XXXX2751|tk_QJ7MZ4V2KXWY3PHN|2907|PROD-001|71\n";
    const BEHIND: &str = "D|000002|K00000000A13|P1|60804012|16|60804012XXXX2752";

    fn learned() -> Pattern {
        let fields: Vec<&[u8]> = LINE.trim_end().as_bytes().split(|byte| *byte == b'|').collect();
        Pattern::of(LINE.trim_end().as_bytes(), &fields.try_into().unwrap(), 7).unwrap()
    }

    #[test]
    fn another_of_its_kind_fits_and_is_read() {
        let line = LINE.replace("000001", "654321").replace("A12", "Z99").replace("2751", "0042").replace("tk_", "-_9");
        let text = line.clone() + BEHIND;
        let pattern = learned();
        let fitting = pattern.read(text.as_bytes()).unwrap();
        assert_eq!((fitting.seq, fitting.last4, pattern.length()), (654_321, 42, line.len()));
        assert_eq!(pattern.kit(text.as_bytes()).map(|kit| kit.to_string()), Some("K00000000Z99".to_owned()));
        assert_eq!(fitting.token, b"-_9QJ7MZ4V2KXWY3PHN");
    }

    #[test]
    fn what_may_be_at_fault_does_not_fit() {
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
            ("tk_QJ7MZ4V2KXWY3PHN", "1_1_1_1_1_1_1_1_1_1"),
            ("2907", "2908"),
            ("PROD-001", "PROD-002"),
            ("71\n", "71\r"),
            ("71\n", "7\n\n"),
        ] {
            assert_eq!(LINE.matches(from).count().min(1), 1, "{from} is in the line");
            let text = LINE.replacen(from, to, 1) + BEHIND;
            assert!(learned().read(text.as_bytes()).is_none(), "{from:?} as {to:?}");
        }
        assert!(learned().read(LINE.as_bytes()).is_none(), "too little behind the line to look at it in steps");
    }
}
