//! The parser: cuts chunks into lines, and keeps no line.

use jiff::Timestamp;
use memchr::memchr;

use super::PgkFaults;
use super::lines::{LINE_BYTES_MAX, LineEnd, Partial, RawLine, whole};
use super::manifest::Manifest;
use super::records::Records;
use super::rules::Rules;
use crate::domain::TenantId;

/// Parses a file that is in memory.
pub fn parse(file: &[u8], tenant: &TenantId, now: Timestamp) -> Result<Manifest, PgkFaults> {
    let mut parser = Parser::new(tenant, now);
    parser.feed(file);
    parser.finish()
}

/// Parses a file in chunks of any size.
#[derive(Debug)]
pub struct Parser {
    partial: Partial,
    records: Records,
}

impl Parser {
    /// Creates a parser for a file of this tenant at this instant.
    #[must_use]
    pub fn new(tenant: &TenantId, now: Timestamp) -> Self {
        let records = Records::new(Rules::new(tenant.clone(), now), Some(Box::default()));
        Self { partial: Partial::default(), records }
    }

    /// Creates a parser that keeps no kits and checks no uniqueness, to measure the cost of the rest.
    #[doc(hidden)]
    #[must_use]
    pub fn forgetful(tenant: &TenantId, now: Timestamp) -> Self {
        Self { partial: Partial::default(), records: Records::new(Rules::new(tenant.clone(), now), None) }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, chunk: &[u8]) {
        let rest = if self.partial.is_empty() { chunk } else { self.end_partial(chunk) };
        // Valid lines are hashed together; `hashed` is the start of those that are not hashed yet.
        let (mut hashed, mut start) = (0, 0);
        loop {
            start += self.records.take_matching(&rest[start..]);
            let Some(length) = memchr(b'\n', &rest[start..]) else { break };
            let line = &rest[start..start + length];
            let next = start + length + 1;
            if length <= LINE_BYTES_MAX && line.last() != Some(&b'\r') && line.first() != Some(&b'T') {
                self.records.take(&RawLine::Whole(line, LineEnd::Lf));
            } else {
                self.records.hash(&rest[hashed..start]);
                self.take_last_piece(line);
                hashed = next;
            }
            start = next;
        }
        self.records.hash(&rest[hashed..start]);
        self.partial.extend(&rest[start..], |bytes| self.records.hash(bytes));
    }

    /// Finishes the line that the last chunk started. Returns what follows it.
    fn end_partial<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        let Some(length) = memchr(b'\n', chunk) else {
            self.partial.extend(chunk, |bytes| self.records.hash(bytes));
            return &[];
        };
        self.take_last_piece(&chunk[..length]);
        &chunk[length + 1..]
    }

    /// Takes the last piece of a line that is not hashed together with its neighbours.
    fn take_last_piece(&mut self, piece: &[u8]) {
        if self.partial.is_empty() && piece.len() <= LINE_BYTES_MAX {
            self.records.take_and_hash(&whole(piece));
            return;
        }
        self.partial.extend(piece, |bytes| self.records.hash(bytes));
        self.records.take_and_hash(&self.partial.ended_line());
        self.partial.clear();
    }

    /// Returns the verdict on the file.
    pub fn finish(mut self) -> Result<Manifest, PgkFaults> {
        if let Some(line) = self.partial.last_line() {
            self.records.take_and_hash(&line);
        }
        self.records.finish()
    }
}
