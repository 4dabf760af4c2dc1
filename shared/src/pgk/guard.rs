//! The guard against clear card numbers in a file: 12 digits in a row refuse the line before anything of it is used.

/// Digits in a row that refuse a line.
const RUN_MAX: u32 = 12;

/// Counts digits that stand in a row, across any number of pieces.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct DigitRun {
    digits: u32,
    tripped: bool,
}

impl DigitRun {
    /// Goes on with the next bytes.
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

/// Whether a line holds 12 digits in a row; the digest of a trailer, its fifth field, may.
pub(super) fn trips(line: &[u8]) -> bool {
    let mut run = DigitRun::default();
    if line.starts_with(b"T|") {
        for (index, field) in line.split(|byte| *byte == b'|').enumerate() {
            if index != 4 {
                run.scan(field);
            }
            run.scan(b"|");
        }
    } else {
        run.scan(line);
    }
    run.is_tripped()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_digits_in_a_row_trip_it_anywhere_but_in_the_digest() {
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
}
