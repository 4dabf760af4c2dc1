//! Lines that a chunk's end cut off, and lines over the limit.

use super::guard::DigitRun;

/// What a line may measure, in bytes, its end not counted.
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
    /// The bytes that it is.
    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::None => b"",
        }
    }
}

/// How the lines of a file end: each like the first, but for the last one, which may have no end.
#[derive(Debug, Default)]
pub(super) struct LineEnds {
    first: Option<LineEnd>,
    is_refused: bool,
}

impl LineEnds {
    /// The rule that the end of a further line breaks. Said once.
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
pub(super) enum Line<'a> {
    /// Within the limit, without its end.
    Whole(&'a [u8], LineEnd),
    /// Over the limit: what is known of it.
    TooLong {
        holds_card_number: bool,
        /// The first two bytes, which tell its type.
        start: [u8; 2],
    },
}

/// A line without its LF.
pub(super) fn whole(line: &[u8]) -> Line<'_> {
    match line.strip_suffix(b"\r") {
        Some(line) => Line::Whole(line, LineEnd::CrLf),
        None => Line::Whole(line, LineEnd::Lf),
    }
}

/// The start of a line whose end has not come yet.
#[derive(Debug, Default)]
pub(super) struct Partial {
    kept: Vec<u8>,
    /// Set once the line is over the limit: from then on its bytes are looked at and not kept.
    too_long: Option<(DigitRun, [u8; 2])>,
}

impl Partial {
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.too_long.is_none()
    }

    /// Takes more of the line; `over` gets the bytes of a line that is over the limit, which belong to the digest all
    /// the same.
    pub(super) fn extend(&mut self, piece: &[u8], mut over: impl FnMut(&[u8])) {
        if let Some((run, _)) = &mut self.too_long {
            run.scan(piece);
            over(piece);
            return;
        }
        let room = (LINE_BYTES_MAX + 2).saturating_sub(self.kept.len());
        let (kept, rest) = piece.split_at(piece.len().min(room));
        self.kept.extend_from_slice(kept);
        // One byte more than the limit may still be the CR of the line's end.
        let is_over = self.kept.len() > LINE_BYTES_MAX + 1
            || self.kept.len() == LINE_BYTES_MAX + 1 && self.kept.last() != Some(&b'\r');
        if is_over {
            let mut run = DigitRun::default();
            run.scan(&self.kept);
            run.scan(rest);
            over(&self.kept);
            over(rest);
            self.too_long = Some((run, [self.kept[0], self.kept[1]]));
            self.kept.clear();
        }
    }

    /// The line, now that its LF has come (`ended`), or that the file is at its end.
    pub(super) fn line(&self, ended: bool) -> Option<Line<'_>> {
        match self.too_long {
            Some((run, start)) => Some(Line::TooLong { holds_card_number: run.is_tripped(), start }),
            None if ended => Some(whole(&self.kept)),
            None if self.kept.is_empty() => None,
            None => Some(Line::Whole(&self.kept, LineEnd::None)),
        }
    }

    /// Makes room for the next line.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.too_long = None;
    }
}
