//! Starts and stops the parts together; the tests start the same stack.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use shared::clock::Clock;
use shared::cms::CmsLimits;
use shared::error::Error;
use shared::runtime::{Access, App};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::apps::Apps;
use crate::cms::Simulator;
use crate::s3::Notices;

/// The table of the local stack.
pub const TABLE: &str = "card-orders";
/// Its list of tenants.
pub const TENANTS_TABLE: &str = "card-orders-tenants";
/// The bucket of the local stack.
pub const BUCKET: &str = "card-orders-files";
/// Key id and key of the local stack.
pub const CREDENTIAL: &str = "local";
/// The tenants that exist from the start, with their display names.
pub const TENANTS: [(&str, &str); 2] = [("ACME_BANK", "ACME Bank"), ("GLOBEX", "Globex")];

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
        address: SocketAddr,
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
    /// A part does not know where it listens.
    #[error("cannot tell where a part listens: {0}")]
    Address(#[source] std::io::Error),
    /// Another stack uses the data folder.
    #[error("another local stack uses this data folder; stop it, or choose another with --data")]
    DataInUse,
    /// The store cannot be opened.
    #[error("cannot open the store: {0}")]
    Store(#[source] dynoxide::DynoxideError),
    /// The bucket cannot be opened.
    #[error("cannot open the bucket: {0}")]
    Bucket(#[source] rusqlite::Error),
    /// There is no card management system at this address.
    #[error("--cms-url {0}")]
    CmsUrl(#[source] shared::cms::UrlError),
    /// The ledger of the simulator cannot be opened.
    #[error("cannot open the ledger of the simulator: {0}")]
    Simulator(#[source] rusqlite::Error),
    /// The tables or tenants cannot be set up.
    #[error("cannot set up the store: {}", shared::error::chain(.0))]
    Setup(#[source] Error),
}

/// Where the parts listen, where they keep their data, and what time it is.
#[derive(Debug, Clone)]
pub struct Options {
    /// The gateway.
    pub listen: SocketAddr,
    /// The store.
    pub dynamodb: SocketAddr,
    /// The bucket.
    pub s3: SocketAddr,
    /// The data folder; `None` keeps nothing.
    pub data: Option<PathBuf>,
    /// The simulator of the card management system.
    pub cms: SocketAddr,
    /// The clock of the handlers.
    pub clock: Clock,
    /// How often due work runs by itself; `None`: never.
    pub tick: Option<Duration>,
    /// How long after the end of its lease an order is stuck.
    pub stuck_after: SignedDuration,
    /// How often an order is handed over before it is voided.
    pub attempts_max: u32,
    /// Another card management system than the simulator.
    pub cms_url: Option<String>,
    /// How long a call to the card management system may take.
    pub cms_limits: CmsLimits,
}

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    /// Where the gateway listens.
    pub gateway: SocketAddr,
    /// Where the store listens.
    pub dynamodb: SocketAddr,
    /// Where the bucket listens.
    pub s3: SocketAddr,
    /// Where the simulator listens.
    pub cms: SocketAddr,
    /// What the handlers work with.
    pub app: Arc<App>,
    /// The simulator.
    pub simulator: Simulator,
    notices: Notices,
    stop: watch::Sender<bool>,
    parts: Vec<JoinHandle<()>>,
    _data: DataFolder,
}

/// Tells a part when to stop.
#[derive(Debug, Clone)]
pub struct Stopped(watch::Receiver<bool>);

impl Stopped {
    /// A switch, and what waits for it.
    #[must_use]
    pub fn pair() -> (watch::Sender<bool>, Self) {
        let (stop, stopped) = watch::channel(false);
        (stop, Self(stopped))
    }

    /// Waits until the stack stops.
    pub async fn wait(mut self) {
        // A sender that is gone means the same.
        let stopped = self.0.wait_for(|stop| *stop).await;
        drop(stopped);
    }
}

impl Stack {
    /// Starts all parts and waits until they can be used.
    pub async fn start(options: Options) -> Result<Self, StackError> {
        // All addresses first: a stack that cannot listen must not touch the data.
        let gateway = bind("gateway", "listen", options.listen).await?;
        let dynamodb_listener = bind("store", "dynamodb", options.dynamodb).await?;
        let s3_listener = bind("bucket", "s3", options.s3).await?;
        let cms_listener = bind("simulator", "cms", options.cms).await?;
        let data = DataFolder::open(options.data.clone())?;
        let address = |listener: &TcpListener| listener.local_addr().map_err(StackError::Address);
        let at = Addresses {
            gateway: address(&gateway)?,
            dynamodb: address(&dynamodb_listener)?,
            s3: address(&s3_listener)?,
            cms: address(&cms_listener)?,
        };

        let (stop, stopped) = Stopped::pair();
        let database = crate::dynamodb::open(data.store_file().as_deref())?;
        let backend = crate::s3::Backend::open(&data.path, BUCKET).map_err(StackError::Bucket)?;
        let simulator = Simulator::open(&data.path).map_err(StackError::Simulator)?;
        let notices = backend.queue();
        let mut parts = vec![
            tokio::spawn(crate::dynamodb::serve(dynamodb_listener, database, stopped.clone())),
            tokio::spawn(crate::s3::serve(s3_listener, backend, stopped.clone())),
            tokio::spawn(simulator.clone().serve(cms_listener, stopped.clone())),
        ];
        let (nudges, messages) = mpsc::unbounded_channel();
        let apps = Apps::open(&at, &options, notices.clone(), nudges).await?;
        parts.push(tokio::spawn(notices.clone().serve(Arc::clone(&apps.main), stopped.clone())));
        parts.push(tokio::spawn(crate::work::serve(messages, Arc::clone(&apps.main), stopped.clone())));
        if let Some(every) = options.tick {
            parts.push(tokio::spawn(crate::work::tick(every, apps.dispatch, stopped.clone())));
        }
        parts.push(tokio::spawn(crate::gateway::serve(gateway, Arc::clone(&apps.main), stopped)));
        let Addresses { gateway, dynamodb, s3, cms } = at;
        Ok(Self { gateway, dynamodb, s3, cms, app: apps.main, simulator, notices, stop, parts, _data: data })
    }

    /// Leaves the messages of the bucket in the queue, for a test that delivers them itself.
    pub fn pause_queue(&self) {
        self.notices.pause();
    }

    /// Lets every request that is under way end, then stops.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for part in self.parts {
            if let Err(error) = part.await {
                tracing::error!(%error, "a part did not stop");
            }
        }
    }
}

async fn bind(part: &'static str, flag: &'static str, address: SocketAddr) -> Result<TcpListener, StackError> {
    TcpListener::bind(address).await.map_err(|source| StackError::Listen { part, flag, address, source })
}

/// The access of the local stack.
#[must_use]
pub fn access() -> Access {
    Access {
        region: "us-east-1".to_owned(),
        key_id: CREDENTIAL.to_owned(),
        secret_key: CREDENTIAL.to_owned(),
        session_token: None,
    }
}

/// Where the parts listen.
pub(crate) struct Addresses {
    gateway: SocketAddr,
    pub(crate) dynamodb: SocketAddr,
    pub(crate) s3: SocketAddr,
    pub(crate) cms: SocketAddr,
}

/// The data folder, locked against other stacks; a temporary one is removed at the end.
#[derive(Debug)]
struct DataFolder {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
    _lock: Option<File>,
}

impl DataFolder {
    fn open(path: Option<PathBuf>) -> Result<Self, StackError> {
        let Some(path) = path else {
            let unusable = |source| StackError::Data { path: std::env::temp_dir(), source };
            let temporary = tempfile::tempdir().map_err(unusable)?;
            return Ok(Self { path: temporary.path().to_owned(), temporary: Some(temporary), _lock: None });
        };
        let unusable = |source| StackError::Data { path: path.clone(), source };
        fs::create_dir_all(&path).map_err(unusable)?;
        let lock = File::create(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, temporary: None, _lock: Some(lock) }),
            Err(fs::TryLockError::WouldBlock) => Err(StackError::DataInUse),
            Err(fs::TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    fn store_file(&self) -> Option<PathBuf> {
        self.temporary.is_none().then(|| self.path.join("store.sqlite"))
    }
}
