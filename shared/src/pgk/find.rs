//! Finds the lines of kits in a file that was parsed before, since the parser does not keep them.

use memchr::memchr;

use super::PgkFaults;
use super::faults::KEPT_MAX;
use super::kit::KitNo;

/// Finds the lines of kits in a valid file, in chunks of any size.
#[derive(Debug)]
pub struct KitFinder {
    /// Sorted.
    wanted: Vec<KitNo>,
    rule: &'static str,
    partial: Vec<u8>,
    line: u64,
    found: usize,
    faults: PgkFaults,
}

impl KitFinder {
    /// Creates a finder of these kits, each of which breaks this rule.
    #[must_use]
    pub fn new(mut wanted: Vec<KitNo>, rule: &'static str) -> Self {
        wanted.sort_unstable();
        wanted.dedup();
        Self { wanted, rule, partial: Vec::new(), line: 0, found: 0, faults: PgkFaults::default() }
    }

    /// Takes the next bytes. Returns whether more are needed: only the first faults are reported by line.
    pub fn feed(&mut self, chunk: &[u8]) -> bool {
        let mut rest = chunk;
        while self.needs_more()
            && let Some(length) = memchr(b'\n', rest)
        {
            if self.partial.is_empty() {
                self.take(&rest[..length]);
            } else {
                let mut line = std::mem::take(&mut self.partial);
                line.extend_from_slice(&rest[..length]);
                self.take(&line);
            }
            rest = &rest[length + 1..];
        }
        self.partial.extend_from_slice(rest);
        self.needs_more()
    }

    /// Returns the faults, with the number of those that are not reported by line.
    #[must_use]
    pub fn finish(mut self) -> PgkFaults {
        self.faults.count_more((self.wanted.len() - self.found) as u64);
        self.faults
    }

    fn needs_more(&self) -> bool {
        self.found < self.wanted.len().min(KEPT_MAX)
    }

    fn take(&mut self, line: &[u8]) {
        self.line += 1;
        let kit = line.split(|byte| *byte == b'|').nth(2).filter(|_| line.starts_with(b"D|")).and_then(KitNo::parse);
        if kit.is_some_and(|kit| self.wanted.binary_search(&kit).is_ok()) {
            self.found += 1;
            self.faults.field(self.line, "kitNo", self.rule);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kits: u32) -> String {
        let details: Vec<String> = (0..kits).map(|kit| format!("D|{:06}|K{kit:04}|P\n", kit + 1)).collect();
        format!("H|K0007|K0007\n{}T|0|K0008\n", details.concat())
    }

    fn wanted(kits: impl Iterator<Item = u32>) -> Vec<KitNo> {
        kits.map(|kit| KitNo::parse(format!("K{kit:04}").as_bytes()).unwrap()).collect()
    }

    #[test]
    fn the_lines_of_kits_are_found_wherever_the_file_is_cut() {
        for bytes in [1, 2, 7, 18, 19, 1_000] {
            let mut finder = KitFinder::new(wanted([1_999, 7, 0].into_iter()), "no");
            let fed = file(2_000).as_bytes().chunks(bytes).take_while(|chunk| finder.feed(chunk)).count();
            assert_eq!(
                finder.finish().into_sentences(),
                ["line 2: kitNo: no", "line 9: kitNo: no", "line 2001: kitNo: no"]
            );
            assert!((fed + 1) * bytes > 2_000 * 17, "{fed} chunks of {bytes}");
        }
    }

    #[test]
    fn fifty_lines_are_reported_and_the_rest_is_counted_without_reading_it() {
        let mut finder = KitFinder::new(wanted((0..180).map(|kit| kit * 10)), "no");
        let file = file(2_000);
        let fed = file.as_bytes().chunks(100).take_while(|chunk| finder.feed(chunk)).count();
        let sentences = finder.finish().into_sentences();
        assert_eq!(
            (sentences.len(), sentences[49].as_str(), sentences[50].as_str()),
            (51, "line 492: kitNo: no", "… and 130 more")
        );
        assert!(fed * 100 < file.len() / 3);
    }
}
