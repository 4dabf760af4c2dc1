//! The public keys of an issuer (RFC 7517), kept per sandbox.

use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use shared::error::Error;
use shared::web::Web;
use tokio::sync::Mutex;

/// How soon the keys may be fetched again, whether it worked or not.
const PAUSE: Duration = Duration::from_mins(1);
/// How long keys are used before they are fetched again, so that one that the issuer withdrew does not live on.
const AGE_MAX: Duration = Duration::from_mins(15);
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
    fetched_at: Option<Instant>,
    tried_at: Option<Instant>,
}

impl KeySource {
    /// The keys at an https address.
    #[must_use]
    pub fn new(url: String, web: Web) -> Self {
        Self { url, web, kept: Mutex::default() }
    }

    /// Returns the key of a token. `None`: the issuer has none of this id for this algorithm.
    pub(crate) async fn find(&self, kid: &str, algorithm: Algorithm) -> Result<Option<DecodingKey>, Error> {
        let mut kept = self.kept.lock().await;
        let is_known = kept.find(kid).is_some();
        let is_old = kept.fetched_at.is_none_or(|at| at.elapsed() > AGE_MAX);
        if (!is_known || is_old) && kept.tried_at.is_none_or(|at| at.elapsed() >= PAUSE) {
            kept.tried_at = Some(Instant::now());
            match self.fetch().await {
                Ok(keys) => *kept = Kept { keys, fetched_at: kept.tried_at, tried_at: kept.tried_at },
                // An issuer that is down does not end the sessions whose key is known.
                Err(error) => tracing::error!(%error, is_known, "the issuer's keys could not be fetched"),
            }
        }
        match kept.find(kid) {
            Some(key) => Ok(usable(key, algorithm)),
            None if kept.fetched_at == kept.tried_at => Ok(None),
            // It may have this key: the last fetch failed.
            None => Err(Error::Unavailable { doing: "asking the issuer for its keys", source: "no answer".into() }),
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
