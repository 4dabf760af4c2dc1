//! Checks a file of kits before a bank sends it, and prints its faults in the format of a compiler.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use jiff::Timestamp;
use shared::domain::TenantId;
use shared::pgk::Parser;

const CHUNK_BYTES: usize = 256 * 1024;

/// The verdict on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It would be accepted, unless its kits clash with another file's.
    Valid,
    /// It would be rejected.
    Invalid,
}

/// Checks a file for a tenant, by default the one that its header names. Calls `progress` with the bytes read so far.
pub fn check(
    path: &Path,
    tenant: Option<TenantId>,
    now: Timestamp,
    out: &mut impl Write,
    mut progress: impl FnMut(u64),
) -> io::Result<Verdict> {
    let mut file = File::open(path)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    let (mut parser, mut read): (Option<Parser>, u64) = (None, 0);
    loop {
        let bytes = file.read(&mut chunk)?;
        if bytes == 0 {
            break;
        }
        let chunk = &chunk[..bytes];
        parser.get_or_insert_with(|| new_parser(tenant.clone(), chunk, now)).feed(chunk);
        read += bytes as u64;
        progress(read);
    }
    let parser = parser.unwrap_or_else(|| new_parser(tenant, &[], now));
    let name = path.display();
    match parser.finish() {
        Ok(manifest) => {
            let kits = if manifest.details == 1 { "kit" } else { "kits" };
            writeln!(out, "{name}: valid, {} {kits}", manifest.details)?;
            Ok(Verdict::Valid)
        }
        Err(faults) => {
            for sentence in faults.into_sentences() {
                // "line 3: seq: …" becomes "kits.txt:3: seq: …", which editors make a link.
                match sentence.strip_prefix("line ") {
                    Some(fault) => writeln!(out, "{name}:{fault}")?,
                    None => writeln!(out, "{name}: {}", sentence.strip_prefix("file: ").unwrap_or(&sentence))?,
                }
            }
            Ok(Verdict::Invalid)
        }
    }
}

fn new_parser(tenant: Option<TenantId>, start: &[u8], now: Timestamp) -> Parser {
    let named = || {
        let header = start.split(|byte| *byte == b'\n').next()?;
        TenantId::parse(std::str::from_utf8(header.split(|byte| *byte == b'|').nth(3)?).ok()?).ok()
    };
    // A header that names no tenant is at fault whatever the tenant.
    Parser::new(&tenant.or_else(named).unwrap_or_else(TenantId::nobody), now)
}
