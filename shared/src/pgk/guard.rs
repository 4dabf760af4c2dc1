//! The guard against clear card numbers in a file: a line with 12 digits in a row is rejected before any of it is used.

use crate::domain::card_number;

/// The number of digits in a row that rejects a line.
pub(super) const RUN_MAX: usize = 12;

/// Counts consecutive digits across any number of pieces.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct DigitRun {
    digits: usize,
    tripped: bool,
}

impl DigitRun {
    /// Takes the next bytes.
    pub(super) fn scan(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.digits = if byte.is_ascii_digit() { self.digits + 1 } else { 0 };
            self.tripped |= self.digits >= RUN_MAX;
        }
    }

    /// Whether there were 12 digits in a row.
    pub(super) fn is_tripped(self) -> bool {
        self.tripped
    }
}

/// Whether a line has 12 digits in a row. The digest of a trailer, its fifth field, may have them.
pub(super) fn trips(line: &[u8]) -> bool {
    if line.starts_with(b"T|") {
        line.split(|byte| *byte == b'|').enumerate().any(|(index, field)| index != 4 && has_run(field))
    } else {
        has_run(line)
    }
}

/// Whether 12 bytes in a row are digits. A window of 12 bytes is read from its end, and the next one starts after the last
/// byte that is not a digit: a run cannot start earlier.
fn has_run(bytes: &[u8]) -> bool {
    let mut end = RUN_MAX;
    while end <= bytes.len() {
        let window = &bytes[end - RUN_MAX..end];
        match window.iter().rposition(|byte| !byte.is_ascii_digit()) {
            None => return true,
            Some(last_other) => end += last_other + 1,
        }
    }
    false
}

/// Whether a field holds a card number in groups. One without separators has 12 digits in a row, which rejects its line.
pub(super) fn holds_card_number(field: &[u8]) -> bool {
    std::str::from_utf8(field).is_ok_and(card_number::is_in)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twelve_digits_in_a_row_trip_the_guard_anywhere_but_in_the_digest() {
        for (line, want) in [
            (&b"D|000001|12345678901"[..], false),
            (b"D|000001|123456789012", true),
            (b"123456|789012", false),
            (b"T|000001|000003|0000000000|123456789012abcdef", false),
            (b"T|000001|000003|0000000000|ab|123456789012", true),
            (b"T|123456789012|000003|0000000000|ab", true),
            (b"H|123456789012", true),
        ] {
            assert_eq!(trips(line), want, "{}", String::from_utf8_lossy(line));
        }
    }

    proptest! {
        #[test]
        fn windows_find_what_counting_finds(line in "[0-9a]{0,80}|[0-9]{0,14}a[0-9]{0,14}") {
            let mut run = DigitRun::default();
            run.scan(line.as_bytes());
            prop_assert_eq!(has_run(line.as_bytes()), run.is_tripped());
        }
    }
}
