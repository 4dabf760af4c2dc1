//! Makes files of kits to try the service with: valid, new at each call, and with test numbers only.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use shared::domain::TenantId;
use ulid::Ulid;

/// What a sample file holds.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Whose kits.
    pub tenant: TenantId,
    /// How many.
    pub kits: u32,
    /// When the file says it was made.
    pub created: Timestamp,
}

/// The product of every kit in a sample; an order for the kits names this product, BIN and plastic.
pub const PRODUCT_ID: &str = "PROD-001";
/// The BIN of every kit.
pub const BIN: &str = "60804012";
/// The plastic of every kit.
pub const PLASTIC_CODE: &str = "71";

/// Letters of tokens and kit numbers: few digits, so that 12 never stand in a row.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Sample {
    /// Writes the file; calls `progress` with the number of each kit.
    pub fn write(&self, out: &mut impl Write, mut progress: impl FnMut(u32)) -> io::Result<()> {
        let run = Ulid::generate().random();
        let created = TimeZone::UTC.to_datetime(self.created);
        let mut records = Hashed { out: &mut *out, digest: Sha256::new() };
        let stamp = created.strftime("%Y%m%dT%H%M%SZ");
        let day = created.strftime("%Y%m%d");
        writeln!(records, "H|DCMSPGK|01|{}|PGK-{day}-{}|{stamp}|DC_KIT", self.tenant, letters::<6>(run))?;
        let expiry = format!("{:02}{:02}", (created.year() + 3) % 100, created.month());
        let mut last4_total = 0_u64;
        for seq in 1..=self.kits {
            let last4 = (u64::from(seq) * 7_919) % 10_000;
            last4_total += last4;
            // Ten random letters keep the kits of all files apart; a further one keeps their digits from the number's.
            let kit = format!("K{}N{seq:07}", letters::<10>(run));
            let parent = format!("P{}{}", letters::<10>(run), letters::<3>(u128::from(seq / 100)));
            let token = format!(
                "tk_{}{}",
                letters::<16>(run.rotate_left(37) ^ (u128::from(seq) * 0x9E37_79B9)),
                letters::<5>(u128::from(seq))
            );
            writeln!(
                records,
                "D|{seq:06}|{kit}|{parent}|{BIN}|16|{BIN}XXXX{last4:04}|{token}|{expiry}|{PRODUCT_ID}|{PLASTIC_CODE}"
            )?;
            progress(seq);
        }
        let digest = records.digest.finalize();
        let hex = hex::encode(digest);
        let (details, lines) = (self.kits, self.kits + 2);
        writeln!(out, "T|{details:06}|{lines:06}|{last4_total:010}|{hex}")
    }
}

/// Returns the lowest bits of a number as letters.
fn letters<const COUNT: usize>(number: u128) -> String {
    (0..COUNT)
        .rev()
        .map(|place| char::from(LETTERS[usize::try_from(number >> (5 * place) & 31).unwrap_or_default()]))
        .collect()
}

/// Passes bytes on, and hashes them.
struct Hashed<W> {
    out: W,
    digest: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_valid_file() {
        let tenant = TenantId::parse("ACME_BANK").unwrap();
        let sample = Sample { tenant: tenant.clone(), kits: 2_500, created: Timestamp::now() };
        let mut file = Vec::new();
        sample.write(&mut file, |_| {}).unwrap();
        let manifest = shared::pgk::parse(&file, &tenant, sample.created);
        assert_eq!(
            manifest.map(|manifest| manifest.details).map_err(shared::pgk::PgkFaults::into_sentences),
            Ok(2_500)
        );
    }
}
