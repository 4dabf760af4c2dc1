//! A file that is malformed as a whole: it has one fault, and the consequences are not reported line by line.

/// The byte order mark of UTF-8, written by Windows editors.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Written by old editors at the end of a text.
pub(super) const CTRL_Z: &[u8] = b"\x1A";

/// What is wrong with the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misshape {
    /// UTF-16, EBCDIC, a compressed file.
    NotAscii,
    /// A separator other than `|`.
    Separator,
    /// Fields in quotes.
    Quoted,
}

impl Misshape {
    /// Whether a file that starts with these bytes is not ASCII text at all. In UTF-16 every other byte is 0; in EBCDIC `H`
    /// is 0xC8.
    pub(super) fn of_start(start: &[u8]) -> Option<Self> {
        let is_control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
        let starts_foreign =
            start.first().is_some_and(|first| !first.is_ascii()) && !start.starts_with(BYTE_ORDER_MARK);
        (starts_foreign || start.iter().take(4).any(is_control)).then_some(Self::NotAscii)
    }

    /// Returns what is wrong with the fields of the first line, which should be the header.
    pub(super) fn of_header(line: &[u8]) -> Option<Self> {
        match line {
            _ if is_quoted(line) => Some(Self::Quoted),
            [b'H', separator, rest @ ..] if *separator != b'|' && rest.starts_with(b"DCMSPGK") => Some(Self::Separator),
            _ => None,
        }
    }

    /// Returns what is wrong with the fields of any record.
    pub(super) fn of_record(line: &[u8]) -> Option<Self> {
        is_quoted(line).then_some(Self::Quoted)
    }

    /// Returns the broken rule.
    pub(super) fn rule(self) -> &'static str {
        match self {
            Self::NotAscii => "must be ASCII text",
            Self::Separator => "fields must be separated by |",
            Self::Quoted => "fields must not be quoted",
        }
    }
}

/// Returns the first line without its byte order mark; `None` if it has none.
pub(super) fn without_mark(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(BYTE_ORDER_MARK)
}

/// Returns the rule that a line after the trailer breaks.
pub(super) fn after_trailer(line: &[u8]) -> &'static str {
    match line {
        [] => "must not follow the trailer: remove the blank line",
        CTRL_Z => "must not follow the trailer: remove the Ctrl-Z (0x1A)",
        _ => "must not follow the trailer",
    }
}

/// Whether the first field is quoted, or one behind a separator.
fn is_quoted(line: &[u8]) -> bool {
    let is_behind_separator = |pair: &[u8]| pair[1] == b'"' && matches!(pair[0], b'|' | b',' | b';' | b'\t');
    line.starts_with(b"\"") || line.windows(2).any(is_behind_separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_known_by_its_first_line() {
        for (start, want) in [
            (&b"H|DCMSPGK|01"[..], None),
            (b"\xEF\xBB\xBFH|DCMSPGK|01", None),
            (b"", None),
            (b"\r", None),
            (b"H\tDCMSPGK", Some(Misshape::Separator)),
            (b"H;DCMSPGK;01", Some(Misshape::Separator)),
            (b"H,\"DCMSPGK\",01", Some(Misshape::Quoted)),
            (b"\"H\"|\"DCMSPGK\"|01", Some(Misshape::Quoted)),
            (b"HDCMSPGK", None),
            (b"\xFF\xFEH\0|\0", Some(Misshape::NotAscii)),
            (b"\xFE\xFF\0H\0|", Some(Misshape::NotAscii)),
            (b"H\0|\0D\0", Some(Misshape::NotAscii)),
            (b"\xC8\x4F\xC4\xC3", Some(Misshape::NotAscii)),
            (b"PK\x03\x04", Some(Misshape::NotAscii)),
            (b"\x1F\x8B\x08", Some(Misshape::NotAscii)),
        ] {
            assert_eq!(Misshape::of_start(start).or_else(|| Misshape::of_header(start)), want, "{start:?}");
        }
    }
}
