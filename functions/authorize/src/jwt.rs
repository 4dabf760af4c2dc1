//! JSON web tokens of one issuer (RFC 7519), signed by RS256 or ES256.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::domain::{Principal, Scopes, TenantId};
use shared::error::Error;

use crate::jwks::KeySource;
use crate::{Identity, Refusal, ring_provider};

/// By how much the issuer's clock may differ from ours.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Who issues tokens, and what they must say.
#[derive(Debug)]
pub struct Issuer {
    validation: Validation,
    tenant_claim: String,
    keys: KeySource,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    scope: Option<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Issuer {
    /// The issuer `iss` of tokens for the audience `aud`, which name their tenant in a claim.
    #[must_use]
    pub fn new(iss: &str, aud: &str, tenant_claim: String, keys: KeySource) -> Self {
        ring_provider::install();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.algorithms = vec![Algorithm::RS256, Algorithm::ES256];
        validation.set_issuer(&[iss]);
        validation.set_audience(&[aud]);
        // Without this, a token that lacks one of them would pass.
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // By our own clock, below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self { validation, tenant_claim, keys }
    }

    /// Finds out for whom a token speaks.
    pub(crate) async fn identify(&self, token: &str, now: Timestamp) -> Result<Result<Identity, Refusal>, Error> {
        let Ok(header) = decode_header(token) else { return Ok(Err("neither a key nor a token")) };
        // An extension that we don't know, and that must not be passed over (RFC 7515, 4.1.11).
        if header.crit.is_some() {
            return Ok(Err("the token has an extension that is critical"));
        }
        if !self.validation.algorithms.contains(&header.alg) {
            return Ok(Err("the token is signed by another algorithm"));
        }
        let Some(kid) = header.kid else { return Ok(Err("the token names no key")) };
        let Some(key) = self.keys.find(&kid, header.alg, now).await? else {
            return Ok(Err("the issuer has no such key"));
        };
        Ok(self.read(token, &key, header.alg, now))
    }

    fn read(&self, token: &str, key: &DecodingKey, algorithm: Algorithm, now: Timestamp) -> Result<Identity, Refusal> {
        // One key, one algorithm: the library takes only algorithms of the key's family.
        let validation = Validation { algorithms: vec![algorithm], ..self.validation.clone() };
        let claims: Claims =
            decode(token, key, &validation).map_err(|_| "signature, issuer or audience is wrong")?.claims;
        let at = now.as_duration().as_secs_f64();
        let leeway = LEEWAY.as_secs_f64();
        if claims.exp + leeway <= at {
            return Err("the token has expired");
        }
        if claims.nbf.is_some_and(|nbf| nbf - leeway > at) {
            return Err("the token is not valid yet");
        }
        let tenant = claims.others.get(&self.tenant_claim).and_then(Value::as_str);
        let tenant = tenant.and_then(|tenant| TenantId::parse(tenant).ok()).ok_or("the token names no tenant")?;
        let principal = Principal::parse(&claims.sub).map_err(|_| "the token's subject is no principal")?;
        Ok(Identity { tenant, principal, scopes: scopes(claims.scope.as_ref()) })
    }
}

/// The scopes of a token: words in one text (RFC 8693, 4.2), or a list of them, as some issuers write it.
fn scopes(claim: Option<&Value>) -> Scopes {
    match claim {
        Some(Value::String(words)) => Scopes::among(words),
        Some(Value::Array(words)) => {
            Scopes::among(&words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => Scopes::default(),
    }
}
