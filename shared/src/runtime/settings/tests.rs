//! Which variables are read, and what is wrong with them.

use super::*;

fn environment(variables: &'static [(&'static str, &'static str)]) -> Environment {
    Environment(Box::new(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }))
}

/// Reads all that a function may read; the first error.
fn read(environment: &Environment) -> Result<(), SettingError> {
    environment.access()?;
    environment.roots("eu-central-1")?;
    environment.clock()?;
    environment.table()?;
    environment.tenants_table()?;
    environment.bucket()?;
    environment.keys_table()?;
    environment.queue_url()?;
    environment.token_issuer()?;
    environment.tenant_mode()?;
    environment.cms(None)?;
    environment.retry_policy()?;
    environment.retention()?;
    environment.cursor_key().map(|_| ())
}

const COMPLETE: [(&str, &str); 10] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "local"),
    ("AWS_SECRET_ACCESS_KEY", "local"),
    ("TABLE_NAME", "card-orders"),
    ("TENANTS_TABLE_NAME", "card-orders-tenants"),
    ("KEYS_TABLE_NAME", "card-orders-keys"),
    ("BUCKET_NAME", "card-orders-files"),
    ("QUEUE_URL", "https://queue.example"),
    ("CMS_URL", "https://cms.bank.example"),
    ("CURSOR_SECRET_ARN", "cursors"),
];

#[test]
fn a_complete_environment_trusts_the_authorizer_only() {
    let environment = environment(&COMPLETE);
    assert_eq!(read(&environment), Ok(()));
    assert_eq!(environment.tenant_mode(), Ok(TenantMode::Authorizer));
    assert_eq!(environment.dynamodb_url(), None);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (name, _) in COMPLETE {
        let without = move |asked: &str| {
            COMPLETE.iter().find(|(known, _)| *known == asked && asked != name).map(|(_, value)| (*value).to_owned())
        };
        let error = read(&Environment(Box::new(without))).unwrap_err();
        assert_eq!(error.to_string(), format!("the environment variable {name} is required"));
    }
    for ((name, value), rule) in [
        (("TENANT_MODE", "heade"), "must be authorizer or header"),
        (("CLOCK_OFFSET", "soon"), "must be a duration such as 31d or -2h"),
        (("AWS_CA_BUNDLE", "/nowhere"), "must name a file of certificates in PEM"),
        (("AWS_CA_BUNDLE", "Cargo.toml"), "must name a file of certificates in PEM"),
        (("CMS_URL", "cms"), "must be an http or https URL without query or credentials"),
        (("CMS_ATTEMPTS_MAX", "0"), "must be an integer from 1 to 20"),
        (("RETENTION_DAYS", "a year"), "must be an integer from 0 to 3653"),
        (("STUCK_SECONDS", "-1"), "must be an integer from 1 to 86400"),
    ] {
        let wrong = move |asked: &str| {
            let values = [(name, value)].into_iter().chain(COMPLETE);
            values.into_iter().find(|(known, _)| *known == asked).map(|(_, value)| value.to_owned())
        };
        let error = read(&Environment(Box::new(wrong))).unwrap_err();
        assert_eq!(error.to_string(), format!("the environment variable {name} {rule}"));
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
