//! Signs that a whole file was written the wrong way. It then has one fault, and the consequences are not reported line by
//! line.

/// The byte order mark of UTF-8, written by Windows editors.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Written by old editors at the end of a text.
pub(super) const CTRL_Z: &[u8] = b"\x1A";

/// Whether a file that starts with these bytes is not ASCII text at all (UTF-16, EBCDIC, compressed). In UTF-16 every other
/// byte is 0; in EBCDIC `H` is 0xC8.
pub(super) fn is_foreign(start: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    let starts_foreign = start.first().is_some_and(|first| !first.is_ascii()) && !start.starts_with(BYTE_ORDER_MARK);
    starts_foreign || start.iter().take(4).any(is_control)
}

/// Whether the first line is a header whose separator is not `|`.
pub(super) fn has_other_separator(line: &[u8]) -> bool {
    matches!(line, [b'H', separator, rest @ ..] if *separator != b'|' && rest.starts_with(b"DCMSPGK"))
}

/// Whether the first field of a line is quoted, or one after a separator.
pub(super) fn is_quoted(line: &[u8]) -> bool {
    let is_after_separator = |pair: &[u8]| pair[1] == b'"' && matches!(pair[0], b'|' | b',' | b';' | b'\t');
    line.starts_with(b"\"") || line.windows(2).any(is_after_separator)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_known_by_its_first_line() {
        for (start, want) in [
            (&b"H|DCMSPGK|01"[..], [false; 3]),
            (b"\xEF\xBB\xBFH|DCMSPGK|01", [false; 3]),
            (b"", [false; 3]),
            (b"\r", [false; 3]),
            (b"HDCMSPGK", [false; 3]),
            (b"H\tDCMSPGK", [false, true, false]),
            (b"H;DCMSPGK;01", [false, true, false]),
            (b"H,\"DCMSPGK\",01", [false, false, true]),
            (b"\"H\"|\"DCMSPGK\"|01", [false, false, true]),
            (b"\xFF\xFEH\0|\0", [true, false, false]),
            (b"\xFE\xFF\0H\0|", [true, false, false]),
            (b"H\0|\0D\0", [true, false, false]),
            (b"\xC8\x4F\xC4\xC3", [true, false, false]),
            (b"PK\x03\x04", [true, false, false]),
            (b"\x1F\x8B\x08", [true, false, false]),
        ] {
            assert_eq!([is_foreign(start), has_other_separator(start), is_quoted(start)], want, "{start:?}");
        }
    }
}
