//! What must be unique in a file. Kits and tokens are noted line by line and compared at the end: a set that is asked at
//! every line would wait for memory at every line.

use super::fingerprint::Fingerprints;
use super::kit::KitNo;
use super::lined::Lined;

/// The kits of a file, and the fingerprints of its tokens.
#[derive(Debug, Default)]
pub(super) struct Unique {
    fingerprints: Fingerprints,
    kits: Lined<KitNo>,
    tokens: Lined<u64>,
}

impl Unique {
    /// Adds the valid ones of a kit and a token on a line; a token has at most 64 bytes.
    pub(super) fn push(&mut self, kit: Option<KitNo>, token: Option<&[u8]>, line: u64) {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        if let Some(kit) = kit {
            self.kits.push(kit, line);
        }
        if let Some(token) = token {
            self.tokens.push(self.fingerprints.of_text(token), line);
        }
    }

    /// Returns the fields that repeat one of an earlier line, each with its lines in ascending order.
    pub(super) fn repeated(&self) -> [(&'static str, Vec<u32>); 2] {
        let kits = self.kits.repeated_lines(|kit| self.fingerprints.of_number(kit.packed()));
        [("kitNo", kits), ("panToken", self.tokens.repeated_lines(|fingerprint| fingerprint))]
    }

    /// Returns the kits in the order of their lines.
    pub(super) fn into_kits(self) -> Vec<KitNo> {
        self.kits.into_items()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn repeated_kits(kits: impl IntoIterator<Item = String>) -> Vec<u32> {
        let mut unique = Unique::default();
        for (line, kit) in (2..).zip(kits) {
            unique.push(KitNo::parse(kit.as_bytes()), None, line);
        }
        let [(_, kits), (_, tokens)] = unique.repeated();
        assert!(tokens.is_empty());
        kits
    }

    #[test]
    fn every_line_but_the_first_of_a_kit_is_a_repetition() {
        let kits = ["A", "B", "A", "ZZZZZZZZZZZZZZZZZZZZ", "A", "B", "1", "01", "1"].map(str::to_owned);
        assert_eq!(repeated_kits(kits), [4, 6, 7, 10]);
        assert_eq!(repeated_kits((0..100_000).map(|line| format!("K{}", line % 99_999))), [100_001]);
        let apart = || (0..5_000_u64).map(|number| format!("{}X{number}Y", number * 7_919 % 5_003));
        assert!(repeated_kits(apart()).is_empty());
        assert_eq!(repeated_kits(apart().chain(apart().take(3))), [5_002, 5_003, 5_004]);
    }

    proptest! {
        #[test]
        fn what_is_repeated_is_what_a_set_has_already(kits in proptest::collection::vec("[0-9A]{1,5}", 0..900)) {
            let mut seen = HashSet::new();
            let want: Vec<u32> = (2..).zip(&kits).filter(|(_, kit)| !seen.insert(*kit)).map(|(line, _)| line).collect();
            prop_assert_eq!(repeated_kits(kits.clone()), want);
        }
    }
}
