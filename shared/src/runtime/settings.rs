//! The environment, typed. Every variable of the service is named here and in the README.

use std::str::FromStr;
use std::sync::Arc;

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::Access;
use crate::api::TenantMode;
use crate::clock::Clock;
use crate::cms::{CmsLimits, HttpCms};
use crate::domain::Sensitive;
use crate::processing::{Patience, Processing};

/// How often an order is handed over before it is voided.
pub const ATTEMPTS_MAX: u32 = 10;
/// How long after the end of its lease an order is stuck, in seconds.
pub const STUCK_SECONDS: u32 = 900;
const CURSOR_KEY_BYTES_MIN: usize = 32;

/// A variable is missing or cannot be read; its value is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} {rule}")]
pub struct SettingError {
    name: &'static str,
    rule: &'static str,
}

/// What a function is told by its environment.
#[derive(Debug)]
pub struct Settings {
    /// The table's name.
    pub table: String,
    /// The bucket's name.
    pub bucket: String,
    /// Who vouches for the tenant.
    pub tenant_mode: TenantMode,
    /// The clock.
    pub clock: Clock,
    /// Where a function sends messages to itself.
    pub queue_url: Option<String>,
    /// The table that lists the tenants.
    pub tenants_table: Option<String>,
    /// The card management system, for a function that calls it.
    pub processing: Option<Arc<Processing>>,
    /// The key that cursors of lists are sealed with.
    pub cursor_key: Option<Sensitive<String>>,
    /// Region and credentials.
    pub access: Access,
    /// Another address of DynamoDB than AWS's.
    pub dynamodb_url: Option<String>,
    /// Another address of S3 than AWS's.
    pub s3_url: Option<String>,
}

/// What only some functions need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The card management system.
    Cms,
    /// The key for cursors of lists.
    CursorKey,
    /// A queue to send to.
    Queue,
    /// The list of tenants.
    TenantsTable,
}

impl Settings {
    /// Whether all is there that a function needs.
    pub(super) fn meet(&self, needs: &[Need]) -> Result<(), SettingError> {
        let missing = |need: &&Need| match need {
            Need::Cms => self.processing.is_none(),
            Need::CursorKey => self.cursor_key.is_none(),
            Need::Queue => self.queue_url.is_none(),
            Need::TenantsTable => self.tenants_table.is_none(),
        };
        let Some(need) = needs.iter().find(missing) else { return Ok(()) };
        let name = match need {
            Need::Cms => "CMS_URL",
            Need::CursorKey => "CURSOR_KEY",
            Need::Queue => "QUEUE_URL",
            Need::TenantsTable => "TENANTS_TABLE_NAME",
        };
        Err(SettingError { name, rule: "is required" })
    }

    /// Reads the environment of the process.
    pub fn from_env() -> Result<Self, SettingError> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads variables; an empty one counts as absent.
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let optional = |name: &str| variable(name).filter(|value| !value.is_empty());
        let required = |name: &'static str| optional(name).ok_or(SettingError { name, rule: "is required" });
        let tenant_mode = match optional("TENANT_MODE").as_deref() {
            None | Some("authorizer") => TenantMode::Authorizer,
            Some("header") => TenantMode::Header,
            Some(_) => return Err(SettingError { name: "TENANT_MODE", rule: "must be authorizer or header" }),
        };
        let clock = match optional("CLOCK_OFFSET") {
            None => Clock::system(),
            Some(text) => Clock::shifted(
                parse_offset(&text)
                    .ok_or(SettingError { name: "CLOCK_OFFSET", rule: "must be a duration such as 31d or -2h" })?,
            ),
        };
        Ok(Self {
            table: required("TABLE_NAME")?,
            bucket: required("BUCKET_NAME")?,
            tenant_mode,
            clock,
            queue_url: optional("QUEUE_URL"),
            tenants_table: optional("TENANTS_TABLE_NAME"),
            processing: processing(&optional)?,
            cursor_key: cursor_key(optional("CURSOR_KEY"))?,
            access: Access {
                region: required("AWS_REGION")?,
                key_id: required("AWS_ACCESS_KEY_ID")?,
                secret_key: required("AWS_SECRET_ACCESS_KEY")?,
                session_token: optional("AWS_SESSION_TOKEN"),
            },
            dynamodb_url: optional("AWS_ENDPOINT_URL_DYNAMODB"),
            s3_url: optional("AWS_ENDPOINT_URL_S3"),
        })
    }
}

/// Processing through the card management system that the variables describe, if they name one.
fn processing(optional: &impl Fn(&str) -> Option<String>) -> Result<Option<Arc<Processing>>, SettingError> {
    let Some(url) = optional("CMS_URL") else { return Ok(None) };
    let number = |name: &'static str, default: u32, rule: &'static str, range: std::ops::RangeInclusive<u32>| {
        let Some(text) = optional(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or(SettingError { name, rule })
    };
    let attempts_max = number("CMS_ATTEMPTS_MAX", ATTEMPTS_MAX, "must be an integer from 1 to 20", 1..=20)?;
    let stuck_s = number("STUCK_SECONDS", STUCK_SECONDS, "must be an integer from 1 to 86400", 1..=86_400)?;
    let authorization = optional("CMS_AUTHORIZATION");
    // A header is of printable ASCII.
    if authorization.as_ref().is_some_and(|value| !value.bytes().all(|byte| (b' '..=b'~').contains(&byte))) {
        return Err(SettingError { name: "CMS_AUTHORIZATION", rule: "must be of printable ASCII characters" });
    }
    let cms = HttpCms::new(&url, authorization, CmsLimits::default()).map_err(|_| SettingError {
        name: "CMS_URL",
        rule: "must be an http or https URL without query or credentials",
    })?;
    let patience = Patience::new(attempts_max, SignedDuration::from_secs(stuck_s.into()));
    Ok(Some(Arc::new(Processing::new(Arc::new(cms), patience))))
}

fn cursor_key(key: Option<String>) -> Result<Option<Sensitive<String>>, SettingError> {
    match key {
        Some(key) if key.len() < CURSOR_KEY_BYTES_MIN => {
            Err(SettingError { name: "CURSOR_KEY", rule: "must have 32 characters at least" })
        }
        key => Ok(key.map(Sensitive::new)),
    }
}

/// A duration such as `31d`, `-2h` or `0s`; a day has 24 hours.
#[must_use]
pub fn parse_offset(text: &str) -> Option<SignedDuration> {
    let span = Span::from_str(text).ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::read(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    const COMPLETE: [(&str, &str); 5] = [
        ("TABLE_NAME", "card-orders"),
        ("BUCKET_NAME", "card-orders-files"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ];

    #[test]
    fn a_complete_environment_trusts_the_authorizer_only() {
        let settings = read(&COMPLETE).unwrap();
        assert_eq!(settings.tenant_mode, TenantMode::Authorizer);
        assert_eq!(settings.dynamodb_url, None);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (missing, _) in COMPLETE {
            let variables: Vec<_> = COMPLETE.into_iter().filter(|(name, _)| *name != missing).collect();
            assert_eq!(
                read(&variables).unwrap_err().to_string(),
                format!("the environment variable {missing} is required")
            );
        }
        for (wrong, want) in [
            (("TENANT_MODE", "heade"), "the environment variable TENANT_MODE must be authorizer or header"),
            (("CLOCK_OFFSET", "soon"), "the environment variable CLOCK_OFFSET must be a duration such as 31d or -2h"),
            (
                ("CMS_URL", "cms"),
                "the environment variable CMS_URL must be an http or https URL without query or credentials",
            ),
            (("CMS_ATTEMPTS_MAX", "0"), "the environment variable CMS_ATTEMPTS_MAX must be an integer from 1 to 20"),
            (("STUCK_SECONDS", "-1"), "the environment variable STUCK_SECONDS must be an integer from 1 to 86400"),
            (
                ("CMS_AUTHORIZATION", "Bearer \n"),
                "the environment variable CMS_AUTHORIZATION must be of printable ASCII characters",
            ),
            (("CURSOR_KEY", "short"), "the environment variable CURSOR_KEY must have 32 characters at least"),
        ] {
            let cms = Some(("CMS_URL", "https://cms.bank.example")).filter(|_| wrong.0 != "CMS_URL");
            let variables: Vec<_> = COMPLETE.into_iter().chain([wrong]).chain(cms).collect();
            assert_eq!(read(&variables).unwrap_err().to_string(), want);
        }
    }

    #[test]
    fn what_a_function_needs_beyond_that_is_named_as_well() {
        let settings = read(&COMPLETE).unwrap();
        for (need, name) in [
            (Need::Cms, "CMS_URL"),
            (Need::CursorKey, "CURSOR_KEY"),
            (Need::Queue, "QUEUE_URL"),
            (Need::TenantsTable, "TENANTS_TABLE_NAME"),
        ] {
            let missing = settings.meet(&[need]).unwrap_err().to_string();
            assert_eq!(missing, format!("the environment variable {name} is required"));
        }
        let variables = [COMPLETE.as_slice(), &[("CMS_URL", "https://cms.bank.example"), ("QUEUE_URL", "q")]].concat();
        assert_eq!(read(&variables).unwrap().meet(&[Need::Cms, Need::Queue]), Ok(()));
    }

    #[test]
    fn an_offset_is_a_duration() {
        for (text, want) in [
            ("0s", Some(0)),
            ("31d", Some(31 * 86_400)),
            ("-2h", Some(-7_200)),
            ("-26956800s", Some(-26_956_800)),
            ("1d 2h", Some(93_600)),
            ("", None),
            ("31", None),
        ] {
            assert_eq!(parse_offset(text).map(|offset| offset.as_secs()), want, "{text:?}");
        }
    }
}
