//! The file of pre-generated kits, DCMSPGK version 01: parsed as a stream, in one pass.
//!
//! A [`Parser`] is fed chunks of bytes and ends with a [`Manifest`] or with the [`PgkFaults`] of the whole file. What it
//! keeps does not grow with the number of lines, except for the two sets that find doubled kits and tokens.

mod detail;
mod digest;
mod faults;
mod fingerprint;
mod groups;
mod guard;
mod header;
mod kit;
mod lines;
mod parser;
mod pattern;
mod records;
mod scan;
mod shape;
mod trailer;
mod unique;

pub use faults::PgkFaults;
pub use kit::KitNo;
pub use parser::{Manifest, Parser};
pub use unique::Kits;

use jiff::Timestamp;

use crate::domain::TenantId;

/// Details that a file may hold.
pub const DETAILS_MAX: u32 = 1_000_000;

/// Parses a file that is in memory.
pub fn parse(file: &[u8], tenant: &TenantId, now: Timestamp) -> Result<Manifest, PgkFaults> {
    let mut parser = Parser::new(tenant, now);
    parser.feed(file);
    parser.finish()
}
