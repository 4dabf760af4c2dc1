//! Lines, their ends, lines that are cut by the end of a chunk, and lines over the limit.

use super::guard::{self, DigitRun};

/// The maximum length of a line without its end, in bytes.
pub(super) const LINE_BYTES_MAX: usize = 512;

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    Lf,
    CrLf,
    /// The file ended before the line did.
    None,
}

impl LineEnd {
    /// Returns the bytes of the line end.
    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::None => b"",
        }
    }
}

/// How the lines of a file end: each like the first, except that the last one may have no end.
#[derive(Debug, Default)]
pub(super) struct LineEnds {
    first: Option<LineEnd>,
    is_refused: bool,
}

impl LineEnds {
    /// Returns the rule that the end of a line breaks. Only the first breach is reported.
    pub(super) fn check(&mut self, end: LineEnd) -> Option<&'static str> {
        if self.is_refused {
            return None;
        }
        let rule = match (self.first, end) {
            (None, LineEnd::Lf | LineEnd::CrLf) => {
                self.first = Some(end);
                None
            }
            (Some(LineEnd::Lf), LineEnd::CrLf) => Some("must end with LF like the lines before it"),
            (Some(LineEnd::CrLf), LineEnd::Lf) => Some("must end with CRLF like the lines before it"),
            _ => None,
        };
        self.is_refused = rule.is_some();
        rule
    }

    /// Whether all lines so far end like this.
    pub(super) fn are(&self, end: LineEnd) -> bool {
        self.first == Some(end) && !self.is_refused
    }
}

/// A line that reached its end.
#[derive(Debug)]
pub(super) enum RawLine<'a> {
    /// Within the limit, without its end.
    Whole(&'a [u8], LineEnd),
    /// Over the limit, with what is known about it.
    TooLong {
        holds_card_number: bool,
        /// The first bytes, from which its type is known.
        start: [u8; 4],
        end: LineEnd,
    },
}

impl RawLine<'_> {
    /// Returns at least the first four bytes, if there are as many.
    pub(super) fn start(&self) -> &[u8] {
        match self {
            Self::Whole(text, _) => text,
            Self::TooLong { start, .. } => start,
        }
    }

    /// Whether the line has too many digits in a row.
    pub(super) fn holds_card_number(&self) -> bool {
        match self {
            Self::Whole(text, _) => guard::trips(text),
            Self::TooLong { holds_card_number, .. } => *holds_card_number,
        }
    }
}

/// Splits the end from a line without its LF.
pub(super) fn whole(line: &[u8]) -> RawLine<'_> {
    match line.strip_suffix(b"\r") {
        Some(line) => RawLine::Whole(line, LineEnd::CrLf),
        None => RawLine::Whole(line, LineEnd::Lf),
    }
}

/// The start of a line whose end has not arrived yet.
#[derive(Debug, Default)]
pub(super) struct Partial {
    kept: Vec<u8>,
    /// Set once the line is over the limit: from then on its bytes are checked but not kept.
    too_long: Option<TooLong>,
}

/// What is known about a line over the limit.
#[derive(Debug)]
struct TooLong {
    run: DigitRun,
    start: [u8; 4],
    /// Whether its last byte so far is a CR, which may belong to its end.
    holds_back_cr: bool,
}

impl TooLong {
    fn of(kept: &[u8], over: &mut impl FnMut(&[u8])) -> Self {
        let mut too_long =
            Self { run: DigitRun::default(), start: [kept[0], kept[1], kept[2], kept[3]], holds_back_cr: false };
        too_long.extend(kept, over);
        too_long
    }

    fn extend(&mut self, piece: &[u8], over: &mut impl FnMut(&[u8])) {
        if piece.is_empty() {
            return;
        }
        self.run.scan(piece);
        if std::mem::take(&mut self.holds_back_cr) {
            over(b"\r");
        }
        let body = piece.strip_suffix(b"\r");
        self.holds_back_cr = body.is_some();
        over(body.unwrap_or(piece));
    }

    fn line(&self, ended: bool) -> RawLine<'static> {
        let end = match (ended, self.holds_back_cr) {
            (false, _) => LineEnd::None,
            (true, false) => LineEnd::Lf,
            (true, true) => LineEnd::CrLf,
        };
        RawLine::TooLong { holds_card_number: self.run.is_tripped(), start: self.start, end }
    }
}

impl Partial {
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.too_long.is_none()
    }

    /// Takes the next bytes of the line. `over` receives those of a line over the limit, which still belong to the digest.
    pub(super) fn extend(&mut self, piece: &[u8], mut over: impl FnMut(&[u8])) {
        if let Some(too_long) = &mut self.too_long {
            return too_long.extend(piece, &mut over);
        }
        let room = (LINE_BYTES_MAX + 2).saturating_sub(self.kept.len());
        let (kept, rest) = piece.split_at(piece.len().min(room));
        self.kept.extend_from_slice(kept);
        // One byte over the limit may be the CR of the line end.
        let is_over = self.kept.len() > LINE_BYTES_MAX + 1
            || self.kept.len() == LINE_BYTES_MAX + 1 && self.kept.last() != Some(&b'\r');
        if is_over {
            let mut too_long = TooLong::of(&self.kept, &mut over);
            too_long.extend(rest, &mut over);
            self.too_long = Some(too_long);
            self.kept.clear();
        }
    }

    /// Returns the line at its LF.
    pub(super) fn ended_line(&self) -> RawLine<'_> {
        self.too_long.as_ref().map_or_else(|| whole(&self.kept), |too_long| too_long.line(true))
    }

    /// Returns the line at the end of the file, if there is one.
    pub(super) fn last_line(&self) -> Option<RawLine<'_>> {
        match &self.too_long {
            Some(too_long) => Some(too_long.line(false)),
            None if self.kept.is_empty() => None,
            None if self.kept.len() <= LINE_BYTES_MAX => Some(RawLine::Whole(&self.kept, LineEnd::None)),
            // The CR did not belong to the line end.
            None => Some(TooLong::of(&self.kept, &mut |_| {}).line(false)),
        }
    }

    /// Prepares for the next line.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.too_long = None;
    }
}

/// Returns the first field of a line if it is a single byte.
pub(super) fn record_type(text: &[u8]) -> Option<u8> {
    match text {
        [letter] | [letter, b'|', ..] => Some(*letter),
        _ => None,
    }
}

/// Splits at `|`; `None` unless there are exactly `FIELDS` fields.
pub(super) fn split<const FIELDS: usize>(text: &[u8]) -> Option<[&[u8]; FIELDS]> {
    let mut fields = [&text[..0]; FIELDS];
    let mut parts = text.split(|byte| *byte == b'|');
    for field in &mut fields {
        *field = parts.next()?;
    }
    parts.next().is_none().then_some(fields)
}
