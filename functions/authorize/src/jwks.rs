//! The public keys of an issuer (RFC 7517), kept per sandbox.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use shared::error::Error;
use shared::web::Web;
use tokio::sync::Mutex;

/// How soon the keys are fetched again for an id that is not among them.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// How soon they are fetched again if there are none yet.
const PAUSE_WITHOUT_KEYS: SignedDuration = SignedDuration::from_secs(5);
/// How long keys are used before they are fetched again, so that one that the issuer withdrew does not live on.
const AGE_MAX: SignedDuration = SignedDuration::from_mins(15);
/// The largest set that is read; issuers have a few keys of about 500 bytes.
const BYTES_MAX: usize = 64 * 1024;

/// Where an issuer publishes its keys, and those that were found there.
#[derive(Debug)]
pub struct KeySource {
    url: String,
    web: Web,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    keys: Vec<Jwk>,
    old_at: Option<Timestamp>,
    /// Not before this instant; `None`: at any time.
    next_fetch_at: Option<Timestamp>,
    has_failed: bool,
}

impl KeySource {
    /// The keys at an https address.
    #[must_use]
    pub fn new(url: String, web: Web) -> Self {
        Self { url, web, kept: Mutex::default() }
    }

    /// Returns the key of a token. `None`: the issuer has none of this id for this algorithm.
    pub(crate) async fn find(
        &self,
        kid: &str,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Option<DecodingKey>, Error> {
        let mut kept = self.kept.lock().await;
        let is_wanted = kept.find(kid).is_none() || kept.old_at.is_none_or(|at| at <= now);
        if is_wanted && kept.next_fetch_at.is_none_or(|at| at <= now) {
            let fetched = self.fetch().await;
            kept.take(fetched, now);
        }
        match kept.find(kid) {
            Some(key) => Ok(usable(key, algorithm)),
            None if kept.has_failed => {
                Err(Error::Unavailable { doing: "asking the issuer for its keys", source: "no keys came back".into() })
            }
            None => Ok(None),
        }
    }

    async fn fetch(&self) -> Result<Vec<Jwk>, &'static str> {
        let (status, body) = self.web.get(&self.url, BYTES_MAX).await.ok_or("no answer, or one that is too large")?;
        if status != 200 {
            return Err("an answer other than 200");
        }
        let set: JwkSet = serde_json::from_slice(&body).map_err(|_| "an answer that is no set of keys")?;
        Ok(set.keys)
    }
}

impl Kept {
    /// Takes over what was fetched.
    fn take(&mut self, fetched: Result<Vec<Jwk>, &'static str>, now: Timestamp) {
        let after = |pause| now.checked_add(pause).ok();
        self.has_failed = fetched.is_err();
        match fetched {
            Ok(keys) => {
                // The first keys may lack one that has just been added.
                self.next_fetch_at = if self.keys.is_empty() { None } else { after(PAUSE) };
                self.old_at = after(AGE_MAX);
                self.keys = keys;
            }
            // An issuer that is down does not end the sessions whose key is known.
            Err(error) => {
                self.next_fetch_at = after(if self.keys.is_empty() { PAUSE_WITHOUT_KEYS } else { PAUSE });
                tracing::error!(error, "the issuer's keys could not be fetched");
            }
        }
    }

    fn find(&self, kid: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.common.key_id.as_deref() == Some(kid))
    }
}

/// The key, if it may verify signatures of this algorithm.
fn usable(key: &Jwk, algorithm: Algorithm) -> Option<DecodingKey> {
    let common = &key.common;
    let is_for_signatures = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let is_for_algorithm = common.key_algorithm.is_none_or(|of_key| of_key.to_string() == format!("{algorithm:?}"));
    let key = DecodingKey::from_jwk(key).ok().filter(|_| is_for_signatures && is_for_algorithm)?;
    (key.family() == algorithm.family()).then_some(key)
}
