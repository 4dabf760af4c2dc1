//! What must be unique in a file: kits, and tokens, of which 8 bytes are kept.

use super::fingerprint::Fingerprints;
use super::kit::KitNo;
use super::kits::Kits;
use super::lined::Lined;

/// What must be unique in a file.
#[derive(Debug, Default)]
pub(super) struct Unique {
    pub(super) kits: Kits,
    pub(super) tokens: Tokens,
}

impl Unique {
    /// Adds what could be read of the detail on a line.
    pub(super) fn push(&mut self, kit: Option<KitNo>, token: Option<&[u8]>, line: u64) {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        if let Some(kit) = kit {
            self.kits.push(kit, line);
        }
        if let Some(token) = token {
            self.tokens.push(token, line);
        }
    }
}

/// The tokens of a file.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    fingerprints: Fingerprints,
    kept: Lined<u64>,
}

impl Tokens {
    /// Adds the token on a line, of at most 64 bytes.
    pub(super) fn push(&mut self, token: &[u8], line: u32) {
        self.kept.push(self.fingerprints.of(token), line);
    }

    /// The lines whose token stands on an earlier line as well, in ascending order.
    pub(super) fn repeated_lines(&self) -> Vec<u32> {
        self.kept.repeated_lines(|fingerprint| fingerprint)
    }
}
