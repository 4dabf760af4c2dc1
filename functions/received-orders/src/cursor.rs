//! Seals the place where a page ended: a token is valid only for the tenant and the query that it was made for.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use shared::domain::{Sensitive, TenantId, ThresholdMinutes};

use crate::body::ReceivedQuery;

/// The length of a truncated seal, in bytes.
const SEAL: usize = 16;

/// Seals and opens tokens.
#[derive(Debug)]
pub struct Cursors(Hmac<Sha256>);

impl Cursors {
    /// Creates cursors that are sealed with a key.
    #[must_use]
    pub fn new(key: &Sensitive<String>) -> Self {
        // HMAC takes a digest of 64 bytes without a check of its length.
        Self(Hmac::new(&Sha512::digest(key.expose())))
    }

    /// Returns a token for a place in the list.
    pub(crate) fn seal(&self, place: &str, tenant: &TenantId, query: &ReceivedQuery) -> String {
        let seal = self.mac(place, tenant, query).finalize().into_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([&seal[..SEAL], place.as_bytes()].concat())
    }

    /// Returns the place in a token if it was sealed for this tenant and query.
    pub(crate) fn open(&self, token: &str, tenant: &TenantId, query: &ReceivedQuery) -> Option<String> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (seal, place) = bytes.split_at_checked(SEAL)?;
        let place = std::str::from_utf8(place).ok()?;
        self.mac(place, tenant, query).verify_truncated_left(seal).ok()?;
        Some(place.to_owned())
    }

    /// Covers the tenant, the filters and the place; none of them can contain the separator.
    fn mac(&self, place: &str, tenant: &TenantId, query: &ReceivedQuery) -> Hmac<Sha256> {
        let branch = query.branch.as_ref().map_or("", |branch| branch.as_str());
        let threshold = query.threshold.map_or(0, ThresholdMinutes::get);
        let mut mac = self.0.clone();
        mac.update(format!("{tenant}\n{branch}\n{threshold}\n{place}").as_bytes());
        mac
    }
}
