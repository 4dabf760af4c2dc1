//! The environment, typed. Every variable of the service is named here and in the README.

use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::Access;
use crate::api::TenantMode;
use crate::clock::Clock;

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
    /// Region and credentials.
    pub access: Access,
    /// Another address of DynamoDB than AWS's.
    pub dynamodb_url: Option<String>,
    /// Another address of S3 than AWS's.
    pub s3_url: Option<String>,
}

impl Settings {
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
        ] {
            let variables: Vec<_> = COMPLETE.into_iter().chain([wrong]).collect();
            assert_eq!(read(&variables).unwrap_err().to_string(), want);
        }
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
