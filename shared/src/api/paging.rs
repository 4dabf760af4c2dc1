//! Pages of a list: how a caller asks for one, and the token that says where the next one begins.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};

use super::routes::Route;
use crate::call::Call;
use crate::domain::{Faults, Field, Fields, Json, PageSize, Rfc3339, Sensitive};
use crate::error::Error;
use crate::secret::Secret;
use crate::store::PageRange;

/// The length of a truncated seal, in bytes.
const SEAL: usize = 16;

/// Where the next page begins, as returned with the page before it.
#[derive(Debug)]
pub struct NextToken(String);

impl Field for NextToken {
    const RULE: &'static str = "must be the nextToken of an answer to the same query";

    fn read(json: &Json) -> Option<Self> {
        let text = json.text()?;
        let is_token = (1..=256).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        is_token.then(|| Self(text.to_owned()))
    }
}

/// Which page of a list, newest first, a caller asks for.
#[derive(Debug)]
pub struct PageQuery {
    /// Nothing before this instant.
    from: Option<Rfc3339>,
    /// Nothing after this instant.
    to: Option<Rfc3339>,
    size: PageSize,
    next_token: Option<NextToken>,
}

impl PageQuery {
    /// Reads the fields that every such list has.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let from = fields.optional("fromDate");
        let to = fields.optional("toDate");
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            fields.fault("toDate", "must not be before fromDate");
        }
        Self {
            from,
            to,
            size: fields.optional("pageSize").unwrap_or(PageSize::OF_LISTS),
            next_token: fields.optional_token("nextToken"),
        }
    }

    /// Returns the page. Its token must have been made for the same list.
    pub async fn range(&self, cursors: &Cursors, list: &SealedList<'_>) -> Result<PageRange, Error> {
        Ok(PageRange {
            from: self.from.map(Rfc3339::instant),
            to: self.to.map(Rfc3339::instant),
            size: usize::try_from(self.size.get()).unwrap_or(usize::MAX),
            after: cursors.open(self.next_token.as_ref(), list).await?,
        })
    }

    /// Returns these filters and the bounds: what a token is made for.
    #[must_use]
    pub fn filters(&self, first: &str, second: &str) -> String {
        let text = |bound: Option<Rfc3339>| bound.map(|bound| bound.instant().to_string()).unwrap_or_default();
        format!("{first}\n{second}\n{}\n{}", text(self.from), text(self.to))
    }
}

/// A list for which a token is valid: whose it is, its route, and the filters of the query, with `\n` between them, which
/// none of them contains.
#[derive(Debug)]
pub struct SealedList<'a> {
    /// The call that asks for it.
    pub call: &'a Call,
    /// The route.
    pub route: Route,
    /// The filters.
    pub filters: String,
}

/// Seals the place where a page ended: a token is valid only for the list that it was made for, and while the key is the
/// same.
#[derive(Debug)]
pub struct Cursors(Secret);

impl Cursors {
    /// Creates cursors that are sealed with a key.
    #[must_use]
    pub fn new(key: Secret) -> Self {
        Self(key)
    }

    /// Returns a token for a place in a list, if there is a place.
    pub async fn seal(&self, place: Option<String>, list: &SealedList<'_>) -> Result<Option<String>, Error> {
        let Some(place) = place else { return Ok(None) };
        let seal = mac(&*self.0.value().await?, &place, list).finalize().into_bytes();
        Ok(Some(BASE64_URL_SAFE_NO_PAD.encode([&seal[..SEAL], place.as_bytes()].concat())))
    }

    /// Returns the place in a token, if there is a token; it must have been sealed for this list.
    pub async fn open(&self, token: Option<&NextToken>, list: &SealedList<'_>) -> Result<Option<String>, Error> {
        let Some(NextToken(token)) = token else { return Ok(None) };
        let refused = || Error::Invalid(Faults::one(format!("nextToken {}", NextToken::RULE)));
        place(&*self.0.value().await?, token, list).map(Some).ok_or_else(refused)
    }
}

fn place(key: &Sensitive<String>, token: &str, list: &SealedList<'_>) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (seal, place) = bytes.split_at_checked(SEAL)?;
    let place = std::str::from_utf8(place).ok()?;
    mac(key, place, list).verify_truncated_left(seal).ok()?;
    Some(place.to_owned())
}

fn mac(key: &Sensitive<String>, place: &str, list: &SealedList<'_>) -> Hmac<Sha256> {
    let (tenant, route) = (&list.call.tenant.id, list.route.path());
    // HMAC takes a digest of 64 bytes without a check of its length.
    let mut mac = Hmac::<Sha256>::new(&Sha512::digest(key.expose()));
    mac.update(format!("{tenant}\n{route}\n{}\n{place}", list.filters).as_bytes());
    mac
}
