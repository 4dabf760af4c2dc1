//! What the commands are about: the store of a local stack, or an AWS account.

use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use shared::aws::{self, Access, Bundle, Roots};
use shared::store::{Credentials, Store, TenantList};

use crate::account;
use crate::environment::variable;
use crate::failure::Failure;
use crate::flags::GlobalArguments;
use crate::rehearsal::Rehearsal;

/// Where the store of a local stack listens, unless it is told otherwise.
const ENDPOINT: &str = "http://127.0.0.1:8000";
/// Key id and secret key of a local stack.
const CREDENTIAL: &str = "local";

/// A store of a local stack, or an account, and the names of what is there.
pub(crate) struct Target {
    sdk: SdkConfig,
    dynamodb_url: Option<String>,
    names: Names,
}

/// Names of tables; those of a local stack are known.
struct Names {
    table: Option<String>,
    tenants: Option<String>,
    keys: Option<String>,
}

impl Target {
    pub(crate) fn open(flags: &GlobalArguments, rehearsal: &Rehearsal) -> Result<Self, Failure> {
        let named = |flag: &Option<String>, variable_name: &str, local: &str| {
            let otherwise = || if flags.aws { variable(variable_name) } else { Some(local.to_owned()) };
            flag.clone().or_else(otherwise)
        };
        let names = Names {
            table: named(&flags.table, "TABLE_NAME", "card-orders"),
            tenants: named(&flags.tenants_table, "TENANTS_TABLE_NAME", "card-orders-tenants"),
            keys: named(&flags.keys_table, "KEYS_TABLE_NAME", "card-orders-keys"),
        };
        if flags.aws {
            if flags.endpoint.is_some() {
                return Err(Failure::Usage("--endpoint and --aws exclude each other".to_owned()));
            }
            let sdk = account(flags, rehearsal)?;
            return Ok(Self { sdk, dynamodb_url: variable("AWS_ENDPOINT_URL_DYNAMODB"), names });
        }
        if flags.profile.is_some() || flags.region.is_some() {
            return Err(Failure::Usage("--profile and --region need --aws".to_owned()));
        }
        let endpoint = flags.endpoint.clone().unwrap_or_else(|| ENDPOINT.to_owned());
        Ok(Self { sdk: local_stack(rehearsal), dynamodb_url: Some(endpoint), names })
    }

    /// The table.
    pub(crate) fn store(&self) -> Result<Store, Failure> {
        Ok(Store::new(self.dynamodb(), required(&self.names.table, "--table", "TABLE_NAME")?))
    }

    /// The list of tenants.
    pub(crate) fn tenant_list(&self) -> Result<TenantList, Failure> {
        let name = required(&self.names.tenants, "--tenants-table", "TENANTS_TABLE_NAME")?;
        Ok(TenantList::new(self.dynamodb(), name))
    }

    /// The table of keys.
    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        let name = required(&self.names.keys, "--keys-table", "KEYS_TABLE_NAME")?;
        Ok(Credentials::new(self.dynamodb(), name))
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws::dynamodb(&self.sdk, self.dynamodb_url.as_deref())
    }
}

fn required(name: &Option<String>, flag: &str, variable: &str) -> Result<String, Failure> {
    let missing = || Failure::Usage(format!("with --aws, {flag} or the variable {variable} is required"));
    name.clone().ok_or_else(missing)
}

fn local_stack(rehearsal: &Rehearsal) -> SdkConfig {
    let access = Access {
        region: "us-east-1".to_owned(),
        key_id: CREDENTIAL.to_owned(),
        secret_key: CREDENTIAL.to_owned(),
        session_token: None,
    };
    let config = aws::config(&access, rehearsal.over(aws::http_client(Roots::Amazon)));
    // It answers at once or not at all: whoever has not started it should not wait.
    config.into_builder().retry_config(RetryConfig::disabled()).build()
}

fn account(flags: &GlobalArguments, rehearsal: &Rehearsal) -> Result<SdkConfig, Failure> {
    let access = account::access(flags.profile.as_deref(), flags.region.as_deref())?;
    Ok(aws::config(&access, rehearsal.over(aws::http_client(roots()?))))
}

/// The authorities of the system, or those of `AWS_CA_BUNDLE`.
fn roots() -> Result<Roots, Failure> {
    const RULE: &str = "the variable AWS_CA_BUNDLE must name a file of certificates in PEM";
    let Some(path) = variable("AWS_CA_BUNDLE") else { return Ok(Roots::System) };
    let bundle = std::fs::read(path).ok().and_then(Bundle::parse);
    bundle.map(Roots::Bundle).ok_or_else(|| Failure::Usage(RULE.to_owned()))
}
