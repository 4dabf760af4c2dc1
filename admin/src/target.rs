//! What the commands are about: the store of a local stack, or an AWS account.

use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use shared::aws::{self, Access};
use shared::https::{Bundle, Roots};
use shared::store::{Credentials, Store, TenantList};

use crate::account;
use crate::environment::variable;
use crate::failure::Failure;
use crate::flags::GlobalArguments;
use crate::rehearsal::Rehearsal;
use crate::signed::SignedCaller;
use crate::stack::Resource;

/// Where the store of a local stack listens, unless another address is given.
const ENDPOINT: &str = "http://127.0.0.1:8000";
/// Key id and secret key of a local stack.
const CREDENTIAL: &str = "local";

/// A store of a local stack, or an account, and the names of what is there.
pub(crate) struct Target {
    sdk: SdkConfig,
    /// The access to an account; `None` is a local stack.
    account: Option<Access>,
    dynamodb_url: Option<String>,
    names: Names,
}

/// Names of tables; those of a local stack are known.
#[derive(Clone, Default)]
struct Names {
    table: Option<String>,
    tenants: Option<String>,
    keys: Option<String>,
}

impl Target {
    pub(crate) fn open(flags: &GlobalArguments, rehearsal: &Rehearsal) -> Result<Self, Failure> {
        let choose = |flag: &Option<String>, variable_name: &str, local: &str| {
            let otherwise = || if flags.aws { variable(variable_name) } else { Some(local.to_owned()) };
            flag.clone().or_else(otherwise)
        };
        let names = Names {
            table: choose(&flags.table, "TABLE_NAME", "card-orders"),
            tenants: choose(&flags.tenants_table, "TENANTS_TABLE_NAME", "card-orders-tenants"),
            keys: choose(&flags.keys_table, "KEYS_TABLE_NAME", "card-orders-keys"),
        };
        if flags.aws {
            if flags.endpoint.is_some() {
                return Err(Failure::Usage("--endpoint and --aws exclude each other".to_owned()));
            }
            let access = account::access(flags.profile.as_deref(), flags.region.as_deref())?;
            let sdk = aws::config(&access, rehearsal.over(aws::http_client(roots()?)));
            let dynamodb_url = url_of("DYNAMODB");
            return Ok(Self { sdk, account: Some(access), dynamodb_url, names });
        }
        if flags.profile.is_some() || flags.region.is_some() {
            return Err(Failure::Usage("--profile and --region need --aws".to_owned()));
        }
        let endpoint = flags.endpoint.clone().unwrap_or_else(|| ENDPOINT.to_owned());
        Ok(Self { sdk: local_stack(rehearsal), account: None, dynamodb_url: Some(endpoint), names })
    }

    /// The same, with the tables of a stack where none were named.
    pub(crate) fn with_tables(&self, resources: &[Resource]) -> Self {
        let of_stack = |logical: &str| {
            resources.iter().find(|resource| resource.logical == logical).map(|resource| resource.physical.clone())
        };
        let Names { table, tenants, keys } = self.names.clone();
        let names = Names {
            table: table.or_else(|| of_stack("Table")),
            tenants: tenants.or_else(|| of_stack("TenantsTable")),
            keys: keys.or_else(|| of_stack("KeysTable")),
        };
        let (sdk, account, dynamodb_url) = (self.sdk.clone(), self.account.clone(), self.dynamodb_url.clone());
        Self { sdk, account, dynamodb_url, names }
    }

    /// Whether this is an account.
    pub(crate) fn is_account(&self) -> bool {
        self.account.is_some()
    }

    /// The table.
    pub(crate) fn store(&self) -> Result<Store, Failure> {
        Ok(Store::new(self.dynamodb(), required(self.names.table.as_ref(), "--table", "TABLE_NAME")?))
    }

    /// The list of tenants.
    pub(crate) fn tenant_list(&self) -> Result<TenantList, Failure> {
        let name = required(self.names.tenants.as_ref(), "--tenants-table", "TENANTS_TABLE_NAME")?;
        Ok(TenantList::new(self.dynamodb(), name))
    }

    /// The table of keys.
    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        let name = required(self.names.keys.as_ref(), "--keys-table", "KEYS_TABLE_NAME")?;
        Ok(Credentials::new(self.dynamodb(), name))
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws::dynamodb(&self.sdk, self.dynamodb_url.as_deref())
    }

    /// Whoever asks an account's services without an SDK; `None` for a local stack.
    pub(crate) fn signed_caller(&self) -> Result<Option<SignedCaller>, Failure> {
        let Some(access) = self.account.clone() else { return Ok(None) };
        Ok(Some(SignedCaller::new(access, variable("AWS_ENDPOINT_URL"), roots()?)))
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        aws::s3(&self.sdk, url_of("S3").as_deref())
    }

    pub(crate) fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws::secrets_manager(&self.sdk, url_of("SECRETS_MANAGER").as_deref())
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws::sqs(&self.sdk, url_of("SQS").as_deref())
    }
}

/// Another address of a service than AWS's, as every AWS tool takes it.
fn url_of(service: &str) -> Option<String> {
    variable(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| variable("AWS_ENDPOINT_URL"))
}

fn required(name: Option<&String>, flag: &str, variable: &str) -> Result<String, Failure> {
    let missing = || Failure::Usage(format!("with --aws, {flag} or the variable {variable} is required"));
    name.cloned().ok_or_else(missing)
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

/// The authorities of the system, or those of `AWS_CA_BUNDLE`.
fn roots() -> Result<Roots, Failure> {
    const RULE: &str = "the variable AWS_CA_BUNDLE must name a file of certificates in PEM";
    let Some(path) = variable("AWS_CA_BUNDLE") else { return Ok(Roots::System) };
    let bundle = std::fs::read(path).ok().and_then(|pem| Bundle::parse(&pem));
    bundle.map(Roots::Bundle).ok_or_else(|| Failure::Usage(RULE.to_owned()))
}
