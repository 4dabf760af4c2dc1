//! What the stack is started with, what it is called, and why it may not start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use shared::aws::{self, Access, HttpClient, SessionSource, Sessions};
use shared::clock::Clock;
use shared::cms::CmsLimits;
use shared::domain::TenantId;
use shared::error::Error;
use shared::https::Roots;
use shared::runtime::{ATTEMPTS_MAX, STUCK_SECONDS};
use shared::store::Retention;

use crate::address::ListenAddress;
use crate::throttle::Rate;

/// The table of the local stack.
pub const TABLE: &str = "card-orders";
/// Its list of tenants.
pub const TENANTS_TABLE: &str = "card-orders-tenants";
/// Its table of keys.
pub const KEYS_TABLE: &str = "card-orders-keys";
/// The bucket of the local stack.
pub const BUCKET: &str = "card-orders-files";
/// Key id and secret key of the local stack.
pub const CREDENTIAL: &str = "local";
/// The tenants that exist from the start, with their display names.
pub const TENANTS: [(&str, &str); 2] = [("ACME_BANK", "ACME Bank"), ("GLOBEX", "Globex")];
/// How long a caller may take to send the header of a request.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How the gateway finds out who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    /// By the headers `tenant` and `x-user` alone.
    Headers,
    /// It asks `authorize`, as API Gateway does.
    Authorizer,
}

/// Where the parts listen, where they keep their data, and what time it is.
#[derive(Debug, Clone)]
pub struct Options {
    /// The gateway.
    pub listen: ListenAddress,
    /// The store.
    pub dynamodb: ListenAddress,
    /// The bucket.
    pub s3: ListenAddress,
    /// The CMS simulator.
    pub cms: ListenAddress,
    /// How long a caller may take to send the header of a request.
    pub header_timeout: Duration,
    /// The data folder; `None` keeps nothing.
    pub data: Option<PathBuf>,
    /// The clock of the handlers.
    pub clock: Clock,
    /// How often due orders are processed without a call; `None`: never.
    pub tick: Option<Duration>,
    /// How long after the end of its lease an order counts as stuck.
    pub stuck_after: SignedDuration,
    /// How often an order is sent to the CMS before it is voided.
    pub attempts_max: u32,
    /// The base URL of another CMS than the simulator.
    pub cms_url: Option<String>,
    /// Whether the gateway asks `authorize` who calls.
    pub access_mode: AccessMode,
    /// How long a call to the CMS may take.
    pub cms_limits: CmsLimits,
    /// The connections of the functions to the store and the bucket.
    pub aws_http: HttpClient,
    /// How long orders are kept after their end.
    pub retention: Retention,
    /// How many requests each tenant may make; `None`: any number.
    pub rate: Option<Rate>,
}

/// Longer than the simulator ever takes to answer, even on a busy machine.
pub const PATIENT: CmsLimits = CmsLimits { connect: Duration::from_secs(5), call: Duration::from_secs(20) };

impl Options {
    /// A stack for tests and benchmarks: on ports that the system chooses, it keeps nothing and does nothing by itself.
    #[must_use]
    pub fn on_any_ports() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: any.into(),
            dynamodb: any.into(),
            s3: any.into(),
            cms: any.into(),
            header_timeout: HEADER_TIMEOUT,
            data: None,
            clock: Clock::system(),
            tick: None,
            stuck_after: SignedDuration::from_secs(STUCK_SECONDS.into()),
            attempts_max: ATTEMPTS_MAX,
            access_mode: AccessMode::Headers,
            cms_url: None,
            cms_limits: PATIENT,
            aws_http: aws::http_client(Roots::Amazon),
            retention: Retention::default(),
            rate: None,
        }
    }
}

/// Where the parts listen, once they do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) gateway: SocketAddr,
    pub(crate) dynamodb: SocketAddr,
    pub(crate) s3: SocketAddr,
    pub(crate) cms: SocketAddr,
}

/// Why the stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address} for the {part}: {source}; choose another with --{flag}")]
    Listen {
        /// What should listen.
        part: &'static str,
        /// Its flag.
        flag: &'static str,
        /// Where.
        address: ListenAddress,
        /// Why not.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("cannot use the data folder {}: {source}", path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The data folder was written by a version that keeps its data in another way.
    #[error("the data folder {} was written by an older version; remove it, or choose another with --data", path.display())]
    DataOfOlderLayout {
        /// The folder.
        path: PathBuf,
    },
    /// Another stack uses the data folder.
    #[error("another local stack uses this data folder; stop it, or choose another with --data")]
    DataInUse,
    /// The store cannot be opened.
    #[error("cannot open the store: {0}")]
    Store(#[source] dynoxide::DynoxideError),
    /// The bucket cannot be opened.
    #[error("cannot open the bucket: {0}")]
    Bucket(#[source] rusqlite::Error),
    /// `--cms-url` is no usable URL.
    #[error("--cms-url {0}")]
    CmsUrl(#[source] shared::cms::UrlError),
    /// No connection to the CMS can be set up.
    #[error(transparent)]
    Cms(shared::cms::ConnectionError),
    /// The ledger of the simulator cannot be opened.
    #[error("cannot open the ledger of the simulator: {0}")]
    Simulator(#[source] rusqlite::Error),
    /// The tables or tenants cannot be set up.
    #[error("cannot set up the store: {}", shared::error::chain(.0))]
    Setup(#[source] Error),
}

/// Returns the AWS credentials of the local stack.
#[must_use]
pub fn access() -> Access {
    Access {
        region: "us-east-1".to_owned(),
        key_id: CREDENTIAL.to_owned(),
        secret_key: CREDENTIAL.to_owned(),
        session_token: None,
    }
}

/// Returns the sessions in which the functions reach the tenants' data. The token of one is its tenant.
#[must_use]
pub fn sessions() -> Sessions {
    let session = |tenant: &TenantId| Access { session_token: Some(tenant.to_string()), ..access() };
    Sessions::new(SessionSource::InProcess(session), Clock::system())
}
