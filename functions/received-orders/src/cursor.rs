//! Where a page of the list ended, sealed: a token serves the tenant and the query that it was made for, and no other.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared::domain::{ReceivedQuery, Sensitive, TenantId, ThresholdMinutes};
use shared::error::Error;

/// What is kept of a seal, in bytes.
const SEAL: usize = 16;

/// Seals and opens tokens.
pub(crate) struct Cursors(Hmac<Sha256>);

impl Cursors {
    pub(crate) fn new(key: Option<&Sensitive<String>>) -> Result<Self, Error> {
        let unusable = |source: &'static str| Error::Internal { doing: "sealing a cursor", source: source.into() };
        let key = key.ok_or_else(|| unusable("CURSOR_KEY is not set"))?;
        Hmac::new_from_slice(key.expose().as_bytes()).map(Self).map_err(|_| unusable("CURSOR_KEY cannot be used"))
    }

    /// A token for a place in the list.
    pub(crate) fn seal(&self, place: &str, tenant: &TenantId, query: &ReceivedQuery) -> String {
        let seal = self.mac(place, tenant, query).finalize().into_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([&seal[..SEAL], place.as_bytes()].concat())
    }

    /// The place that a token names, if it was sealed for this tenant and query.
    pub(crate) fn open(&self, token: &str, tenant: &TenantId, query: &ReceivedQuery) -> Option<String> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (seal, place) = bytes.split_at_checked(SEAL)?;
        let place = std::str::from_utf8(place).ok()?;
        self.mac(place, tenant, query).verify_truncated_left(seal).ok()?;
        Some(place.to_owned())
    }

    /// Over the tenant, the filters and the place; none of them can hold the separator.
    fn mac(&self, place: &str, tenant: &TenantId, query: &ReceivedQuery) -> Hmac<Sha256> {
        let branch = query.branch.as_ref().map_or("", |branch| branch.as_str());
        let threshold = query.threshold.map_or(0, ThresholdMinutes::get);
        let mut mac = self.0.clone();
        mac.update(format!("{tenant}\n{branch}\n{threshold}\n{place}").as_bytes());
        mac
    }
}
