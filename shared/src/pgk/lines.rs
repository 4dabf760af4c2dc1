//! Cuts chunks of bytes into lines.

use memchr::memchr;

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

/// A line that reached its end.
pub(super) enum Line<'a> {
    /// Within the limit, without its end.
    Whole(&'a [u8], LineEnd),
    /// Over the limit: what is known of it.
    TooLong { holds_card_number: bool },
}

/// Keeps the start of a line that a chunk cut off.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
    /// Set once the partial line is over the limit: from then on its bytes are looked at and not kept.
    too_long: Option<DigitRun>,
}

impl Lines {
    /// Cuts the next chunk; `take` gets each line that ends in it. `too_long` gets the bytes of lines that are over the
    /// limit, which belong to the digest all the same.
    pub(super) fn feed(&mut self, mut chunk: &[u8], mut take: impl FnMut(Line<'_>), mut too_long: impl FnMut(&[u8])) {
        while let Some(end) = memchr(b'\n', chunk) {
            let (piece, rest) = (&chunk[..end], &chunk[end + 1..]);
            chunk = rest;
            if self.partial.is_empty() && self.too_long.is_none() && piece.len() <= LINE_BYTES_MAX {
                take(whole(piece));
                continue;
            }
            self.extend(piece, &mut too_long);
            match self.too_long.take() {
                Some(run) => {
                    too_long(b"\n");
                    take(Line::TooLong { holds_card_number: run.is_tripped() });
                }
                None => take(whole(&self.partial)),
            }
            self.partial.clear();
        }
        if !chunk.is_empty() {
            self.extend(chunk, &mut too_long);
        }
    }

    /// The line that the end of the file cut off.
    pub(super) fn finish(&self) -> Option<Line<'_>> {
        match self.too_long {
            Some(run) => Some(Line::TooLong { holds_card_number: run.is_tripped() }),
            None if self.partial.is_empty() => None,
            None => Some(Line::Whole(&self.partial, LineEnd::None)),
        }
    }

    fn extend(&mut self, piece: &[u8], too_long: &mut impl FnMut(&[u8])) {
        if let Some(run) = &mut self.too_long {
            run.scan(piece);
            too_long(piece);
            return;
        }
        let room = (LINE_BYTES_MAX + 2).saturating_sub(self.partial.len());
        let (kept, over) = piece.split_at(piece.len().min(room));
        self.partial.extend_from_slice(kept);
        // One byte more than the limit may still be the CR of the line's end.
        let is_over = self.partial.len() > LINE_BYTES_MAX + 1
            || self.partial.len() == LINE_BYTES_MAX + 1 && self.partial.last() != Some(&b'\r');
        if is_over {
            let mut run = DigitRun::default();
            run.scan(&self.partial);
            run.scan(over);
            too_long(&self.partial);
            too_long(over);
            self.too_long = Some(run);
            self.partial.clear();
        }
    }
}

fn whole(line: &[u8]) -> Line<'_> {
    match line.strip_suffix(b"\r") {
        Some(line) => Line::Whole(line, LineEnd::CrLf),
        None => Line::Whole(line, LineEnd::Lf),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as `(length, end)`; a line over the limit as `(0, None)`.
    fn cut(file: &[u8], chunk_bytes: usize) -> Vec<(usize, Option<LineEnd>)> {
        let mut lines = Lines::default();
        let mut cut = Vec::new();
        let mut note = |line: Line<'_>| {
            cut.push(match line {
                Line::Whole(line, end) => (line.len(), Some(end)),
                Line::TooLong { .. } => (0, None),
            });
        };
        for chunk in file.chunks(chunk_bytes) {
            lines.feed(chunk, &mut note, |_| {});
        }
        if let Some(line) = lines.finish() {
            note(line);
        }
        cut
    }

    #[test]
    fn lines_are_the_same_however_the_file_is_cut() {
        let mut file = Vec::new();
        for length in [0, 3, 511, 512, 513, 514, 2000] {
            file.extend(std::iter::repeat_n(b'x', length));
            file.extend_from_slice(b"\n");
            file.extend(std::iter::repeat_n(b'x', length));
            file.extend_from_slice(b"\r\n");
        }
        file.extend_from_slice(b"end");
        let whole = cut(&file, file.len());
        let sound = |length| [(length, Some(LineEnd::Lf)), (length, Some(LineEnd::CrLf))];
        let mut want = [sound(0), sound(3), sound(511), sound(512)].concat();
        want.extend([(0, None); 6]);
        want.push((3, Some(LineEnd::None)));
        assert_eq!(whole, want);
        for chunk_bytes in [1, 2, 7, 512, 513, 514, 515] {
            assert_eq!(cut(&file, chunk_bytes), whole, "chunks of {chunk_bytes}");
        }
    }
}
