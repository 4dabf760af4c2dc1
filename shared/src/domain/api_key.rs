//! API keys: `co_<id>_<secret>_<checksum>`, each part of letters and digits.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::text::text_type;
use super::{Principal, Scopes, Sensitive, TenantId};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX: &str = "co";
const ID_CHARS: usize = 12;
/// 256 random bits.
const SECRET_CHARS: usize = 43;
/// The CRC-32 of all before it, which distinguishes a mistyped key from a revoked one without reading the table.
const CHECKSUM_CHARS: usize = 6;

text_type! {
    /// The id of a key: what may be shown and logged of it.
    KeyId, "must be 12 letters or digits",
    |text| text.len() == ID_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A key as its owner has it.
#[derive(Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    secret: Sensitive<String>,
}

/// The SHA-256 of a key's secret: all that is stored of it. The secret is random, so that no slow hash is needed.
#[derive(Debug, Clone)]
pub struct SecretHash(pub [u8; 32]);

/// A key as it is stored.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// Its id.
    pub id: KeyId,
    /// The tenant that it speaks for.
    pub tenant: TenantId,
    /// Who acts with it.
    pub principal: Principal,
    /// What it allows.
    pub scopes: Scopes,
    /// What proves its secret.
    pub hash: SecretHash,
}

impl ApiKey {
    /// Makes a new key. Fails only where the system has no random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let secret = Sensitive::new(random_text(SECRET_CHARS)?);
        Ok(Self { id: KeyId(random_text(ID_CHARS)?), secret })
    }

    /// Parses a key; `None` if it is none, or its checksum is wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (body, sum) = text.rsplit_once('_')?;
        let mut parts = body.split('_');
        let (PREFIX, id, secret, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
            return None;
        };
        let is_secret = secret.len() == SECRET_CHARS && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_secret && sum == checksum(body))
            .then(|| Some(Self { id: KeyId::parse(id).ok()?, secret: Sensitive::new(secret.to_owned()) }))?
    }

    /// Returns the key as its owner gets it, once.
    #[must_use]
    pub fn expose(&self) -> String {
        let body = format!("{PREFIX}_{}_{}", self.id, self.secret.expose());
        format!("{body}_{}", checksum(&body))
    }

    /// Returns what is stored of the secret.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.secret.expose().as_bytes()).into())
    }
}

impl SecretHash {
    /// Whether a key has this secret. Takes the same time wherever the two differ.
    #[must_use]
    pub fn is_of(&self, key: &ApiKey) -> bool {
        self.0.ct_eq(&key.hash().0).into()
    }
}

fn random_text(chars: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(chars);
    while text.len() < chars {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes)?;
        // Bytes above the last multiple of 62 would favour the first letters.
        let fair = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(fair.take(chars - text.len()));
    }
    Ok(text)
}

fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [0; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.map(char::from).iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_parses_to_itself_and_nothing_else_does() {
        let key = ApiKey::generate().unwrap();
        let text = key.expose();
        assert_eq!(text.len(), 3 + ID_CHARS + 1 + SECRET_CHARS + 1 + CHECKSUM_CHARS);
        let parsed = ApiKey::parse(&text).unwrap();
        assert_eq!((parsed.id.clone(), parsed.expose()), (key.id.clone(), text.clone()));
        for index in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[index] = if other[index] == b'a' { b'b' } else { b'a' };
            assert!(ApiKey::parse(std::str::from_utf8(&other).unwrap()).is_none(), "{index}");
            assert!(ApiKey::parse(&text[..index]).is_none(), "{index}");
        }
        for wrong in ["", "_", "co___", "co_a_b_c_d", &format!("{text} "), &format!("{text}0"), &text.to_uppercase()] {
            assert!(ApiKey::parse(wrong).is_none(), "{wrong:?}");
        }
        assert_ne!(ApiKey::generate().unwrap().expose(), text);
        assert!(!format!("{key:?}").contains(key.secret.expose()));
    }

    #[test]
    fn a_hash_knows_its_secret() {
        let (key, other) = (ApiKey::generate().unwrap(), ApiKey::generate().unwrap());
        assert!(key.hash().is_of(&key) && !key.hash().is_of(&other));
    }
}
