//! The environment, typed. Every variable of the service is named here and in docs/operations.md.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::api::TenantMode;
use crate::aws::Access;
use crate::clock::Clock;
use crate::cms::{CmsLimits, RotatingCms};
use crate::https::{Bundle, Roots};
use crate::processing::RetryPolicy;
use crate::secret::Secret;
use crate::store::Retention;
use crate::web::Web;

/// How often an order is sent before it is voided.
pub const ATTEMPTS_MAX: u32 = 10;
/// How long after the end of its lease an order is stuck, in seconds.
pub const STUCK_SECONDS: u32 = 900;
/// How long the issuer of tokens may take for its keys, while a caller waits.
const ISSUER_TIMEOUT: Duration = Duration::from_secs(3);

/// A variable is missing or cannot be read; its value is not repeated. `main` prints it by `Debug`, which therefore reads
/// like `Display`.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} {rule}")]
pub struct SettingError {
    name: &'static str,
    rule: &'static str,
}

impl fmt::Debug for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Who issues tokens.
#[derive(Debug)]
pub struct TokenIssuer {
    /// What a token's `iss` must be.
    pub iss: String,
    /// What its `aud` must be, or contain.
    pub aud: String,
    /// The claim that names its tenant.
    pub tenant_claim: String,
    /// Where the issuer publishes its keys.
    pub jwks_url: String,
    /// By which they are fetched.
    pub web: Web,
}

/// How a function reaches one tenant's data and no other's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Isolation {
    pub(super) role_arn: String,
    pub(super) policy_arn: String,
}

/// Looks up a variable.
type Variables = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The variables of a function. An empty one counts as absent.
pub(super) struct Environment(Box<Variables>);

impl Environment {
    /// The environment of the process.
    pub(super) fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        Self(Box::new(|name| std::env::var(name).ok()))
    }

    fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &'static str) -> Result<String, SettingError> {
        self.optional(name).ok_or(SettingError { name, rule: "is required" })
    }

    fn number(
        &self,
        name: &'static str,
        default: u32,
        range: RangeInclusive<u32>,
        rule: &'static str,
    ) -> Result<u32, SettingError> {
        let Some(text) = self.optional(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or(SettingError { name, rule })
    }

    pub(super) fn access(&self) -> Result<Access, SettingError> {
        Ok(Access {
            region: self.required("AWS_REGION")?,
            key_id: self.required("AWS_ACCESS_KEY_ID")?,
            secret_key: self.required("AWS_SECRET_ACCESS_KEY")?,
            session_token: self.optional("AWS_SESSION_TOKEN"),
        })
    }

    /// Whose certificates the AWS clients trust. `AWS_CA_BUNDLE` names a file, as it does for every AWS tool; with
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR` they trust whatever the system's tools trust.
    pub(super) fn roots(&self, region: &str) -> Result<Roots, SettingError> {
        if let Some(path) = self.optional("AWS_CA_BUNDLE") {
            let bundle = std::fs::read(path).ok().and_then(|pem| Bundle::parse(&pem));
            return bundle
                .map(Roots::Bundle)
                .ok_or(SettingError { name: "AWS_CA_BUNDLE", rule: "must name a file of certificates in PEM" });
        }
        let is_system = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| self.optional(name).is_some());
        Ok(if is_system { Roots::System } else { Roots::of_region(region) })
    }

    pub(super) fn clock(&self) -> Result<Clock, SettingError> {
        let Some(text) = self.optional("CLOCK_OFFSET") else { return Ok(Clock::system()) };
        let offset = parse_offset(&text);
        offset
            .map(Clock::shifted)
            .ok_or(SettingError { name: "CLOCK_OFFSET", rule: "must be a duration such as 31d or -2h" })
    }

    /// The role that reaches a tenant's data, and what the function may do with it; both or neither.
    pub(super) fn isolation(&self) -> Result<Option<Isolation>, SettingError> {
        if self.optional("DATA_ROLE_ARN").is_none() {
            return Ok(None);
        }
        let (role_arn, policy_arn) = (self.required("DATA_ROLE_ARN")?, self.required("SESSION_POLICY_ARN")?);
        Ok(Some(Isolation { role_arn, policy_arn }))
    }

    /// Another address of STS than AWS's.
    pub(super) fn sts_url(&self) -> Option<String> {
        self.optional("AWS_ENDPOINT_URL_STS")
    }

    pub(super) fn table(&self) -> Result<String, SettingError> {
        self.required("TABLE_NAME")
    }

    pub(super) fn retention(&self) -> Result<Retention, SettingError> {
        self.number("RETENTION_DAYS", 0, 0..=3_653, "must be an integer from 0 to 3653").map(Retention::days)
    }

    pub(super) fn tenants_table(&self) -> Result<String, SettingError> {
        self.required("TENANTS_TABLE_NAME")
    }

    pub(super) fn keys_table(&self) -> Result<String, SettingError> {
        self.required("KEYS_TABLE_NAME")
    }

    pub(super) fn token_issuer(&self) -> Result<Option<TokenIssuer>, SettingError> {
        let Some(iss) = self.optional("JWT_ISSUER") else { return Ok(None) };
        let jwks_url = self.optional("JWT_JWKS_URL");
        let jwks_url = jwks_url.unwrap_or_else(|| format!("{}/.well-known/jwks.json", iss.trim_end_matches('/')));
        if !jwks_url.starts_with("https://") {
            return Err(SettingError { name: "JWT_JWKS_URL", rule: "must be an https URL" });
        }
        Ok(Some(TokenIssuer {
            iss,
            aud: self.required("JWT_AUDIENCE")?,
            tenant_claim: self.optional("JWT_TENANT_CLAIM").unwrap_or_else(|| "tenant".to_owned()),
            jwks_url,
            web: Web::new(Roots::System, ISSUER_TIMEOUT),
        }))
    }

    /// Another address of DynamoDB than AWS's.
    pub(super) fn dynamodb_url(&self) -> Option<String> {
        self.optional("AWS_ENDPOINT_URL_DYNAMODB")
    }

    pub(super) fn bucket(&self) -> Result<String, SettingError> {
        self.required("BUCKET_NAME")
    }

    /// Another address of S3 than AWS's.
    pub(super) fn s3_url(&self) -> Option<String> {
        self.optional("AWS_ENDPOINT_URL_S3")
    }

    pub(super) fn queue_url(&self) -> Result<String, SettingError> {
        self.required("QUEUE_URL")
    }

    /// Another address of SQS than AWS's.
    pub(super) fn sqs_url(&self) -> Option<String> {
        self.optional("AWS_ENDPOINT_URL_SQS")
    }

    pub(super) fn tenant_mode(&self) -> Result<TenantMode, SettingError> {
        match self.optional("TENANT_MODE").as_deref() {
            None | Some("authorizer") => Ok(TenantMode::Authorizer),
            Some("header") => Ok(TenantMode::Header),
            Some(_) => Err(SettingError { name: "TENANT_MODE", rule: "must be authorizer or header" }),
        }
    }

    /// The secret's name or ARN, if the CMS asks for a credential or has a private authority.
    pub(super) fn cms_secret(&self) -> Option<String> {
        self.optional("CMS_SECRET_ARN")
    }

    /// What the names of the profiles' secrets begin with.
    pub(super) fn cms_profiles_prefix(&self) -> Option<String> {
        self.optional("CMS_PROFILES_PREFIX")
    }

    pub(super) fn cms(&self, secret: Option<Secret>) -> Result<RotatingCms, SettingError> {
        // A secret of which every part is left out.
        let secret = secret.unwrap_or_else(|| Secret::fixed("{}".to_owned()));
        RotatingCms::new(self.required("CMS_URL")?, secret, CmsLimits::default()).map_err(|_| SettingError {
            name: "CMS_URL",
            rule: "must be an http or https URL without query or credentials",
        })
    }

    /// Another address of Secrets Manager than AWS's.
    pub(super) fn secrets_manager_url(&self) -> Option<String> {
        self.optional("AWS_ENDPOINT_URL_SECRETS_MANAGER")
    }

    pub(super) fn retry_policy(&self) -> Result<RetryPolicy, SettingError> {
        let attempts_max = self.number("CMS_ATTEMPTS_MAX", ATTEMPTS_MAX, 1..=20, "must be an integer from 1 to 20")?;
        let stuck_s = self.number("STUCK_SECONDS", STUCK_SECONDS, 1..=86_400, "must be an integer from 1 to 86400")?;
        Ok(RetryPolicy::new(attempts_max, SignedDuration::from_secs(stuck_s.into())))
    }

    /// The secret's name or ARN, or the key itself, which a deployment leaves empty.
    pub(super) fn cursor_key(&self) -> Result<CursorKey, SettingError> {
        match self.optional("CURSOR_KEY") {
            Some(key) => Ok(CursorKey::Itself(key)),
            None => self.required("CURSOR_SECRET_ARN").map(CursorKey::Secret),
        }
    }
}

/// Where the key of the cursors is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CursorKey {
    Secret(String),
    Itself(String),
}

/// A duration such as `31d`, `-2h` or `0s`; a day has 24 hours.
#[must_use]
pub fn parse_offset(text: &str) -> Option<SignedDuration> {
    let span = Span::from_str(text).ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

#[cfg(test)]
mod tests;
