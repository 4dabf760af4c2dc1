//! The last line of defence against card numbers in logs: they are masked, and the next line says so.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing_subscriber::fmt::MakeWriter;

use crate::domain::card_number;

/// Card numbers that were masked, and how many of them a line has reported.
static MASKED: AtomicUsize = AtomicUsize::new(0);
static REPORTED: AtomicUsize = AtomicUsize::new(0);

/// Masks what may be a card number. The writer reports it after the line.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    let (text, count) = card_number::mask(text);
    MASKED.fetch_add(count, Ordering::Relaxed);
    text
}

/// A writer to standard error that masks what may be a card number.
#[derive(Debug, Clone, Copy)]
pub struct Masked;

impl<'a> MakeWriter<'a> for Masked {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl Write for Masked {
    /// The subscriber writes one event at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        write_masked(&mut io::stderr().lock(), line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn write_masked(out: &mut impl Write, line: &[u8]) -> io::Result<()> {
    out.write_all(masked(&String::from_utf8_lossy(line)).as_bytes())?;
    let total = MASKED.load(Ordering::Relaxed);
    if REPORTED.swap(total, Ordering::Relaxed) == total {
        return Ok(());
    }
    writeln!(
        out,
        r#"{{"level":"ERROR","message":"card numbers were masked in the line before","masked.total":{total}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_follows_that_reports_what_was_masked_in_the_line_or_before_it_was_encoded() {
        let written = |line: &str| {
            let mut out = Vec::new();
            write_masked(&mut out, line.as_bytes()).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written("{}\n"), "{}\n");
        let in_line = written("{\"note\":\"4111 1111 1111 1111\"}\n");
        assert!(in_line.starts_with("{\"note\":\"***\"}\n{\"level\":\"ERROR\""), "{in_line}");
        assert_eq!(masked("4111\n1111\n1111\n1111"), "***");
        let before = written("{}\n");
        assert!(before.starts_with("{}\n{\"level\":\"ERROR\""), "{before}");
        assert_eq!(written("{}\n"), "{}\n");
    }
}
