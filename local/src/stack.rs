//! Starts and stops the parts together; the tests start the same stack.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use crate::config::{
    AccessMode, BUCKET, CREDENTIAL, KEYS_TABLE, Options, StackError, TABLE, TENANTS, TENANTS_TABLE, access, sessions,
};

use crate::address::ListenAddress;
use crate::cms::Simulator;
use crate::config::Addresses;
use crate::data::DataFolder;
use crate::handlers::Handlers;
use crate::listener::Listener;
use crate::s3::Notices;

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
    /// The functions.
    pub handlers: Arc<Handlers>,
    /// The simulator.
    pub simulator: Simulator,
    notices: Notices,
    /// Stops the parts when it is dropped.
    stop: DropGuard,
    parts: JoinSet<()>,
    _data: DataFolder,
}

impl Stack {
    /// Starts all parts. Returns once they can be used.
    pub async fn start(options: Options) -> Result<Self, StackError> {
        // All addresses first: a stack that cannot listen must not touch the data.
        let timeout = options.header_timeout;
        let gateway = bind("gateway", "listen", &options.listen, timeout).await?;
        let dynamodb = bind("store", "dynamodb", &options.dynamodb, timeout).await?;
        let s3 = bind("bucket", "s3", &options.s3, timeout).await?;
        let cms = bind("simulator", "cms", &options.cms, timeout).await?;
        let data = DataFolder::open(options.data.clone())?;
        let at = Addresses {
            gateway: gateway.local_address(),
            dynamodb: dynamodb.local_address(),
            s3: s3.local_address(),
            cms: cms.local_address(),
        };

        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let database = crate::dynamodb::open(data.store_file().as_deref())?;
        let backend = crate::s3::Backend::open(data.path(), BUCKET).map_err(StackError::Bucket)?;
        let simulator = Simulator::open(data.path()).map_err(StackError::Simulator)?;
        let notices = backend.queue();
        let mut parts = JoinSet::new();
        parts.spawn(crate::dynamodb::serve(dynamodb, database, stop.clone()));
        parts.spawn(crate::s3::serve(s3, backend, stop.clone()));
        parts.spawn(simulator.clone().serve(cms, stop.clone()));
        let (turns_queue, messages) = crate::work::queue();
        let handlers = Arc::new(Handlers::open(&at, &options, notices.queue(), turns_queue).await?);
        parts.spawn(until(stop.clone(), notices.clone().serve(Arc::clone(&handlers))));
        parts.spawn(until(stop.clone(), crate::work::serve(messages, Arc::clone(&handlers))));
        if let Some(every) = options.tick {
            parts.spawn(until(stop.clone(), crate::work::tick(every, Arc::clone(&handlers))));
        }
        parts.spawn(crate::gateway::serve(gateway, Arc::clone(&handlers), options.rate, stop.clone()));
        let Addresses { gateway, dynamodb, s3, cms } = at;
        Ok(Self { gateway, dynamodb, s3, cms, handlers, simulator, notices, stop: guard, parts, _data: data })
    }

    /// Leaves the messages of the bucket in the queue, for a test that delivers them itself.
    pub fn pause_queue(&self) {
        self.notices.pause();
    }

    /// Stops, after the requests that are under way.
    pub async fn stop(mut self) {
        drop(self.stop);
        while let Some(ended) = self.parts.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a part of the stack did not stop");
            }
        }
    }
}

async fn bind(
    part: &'static str,
    flag: &'static str,
    address: &ListenAddress,
    header_timeout: Duration,
) -> Result<Listener, StackError> {
    let failed = |source| StackError::Listen { part, flag, address: address.clone(), source };
    Listener::bind(address, header_timeout).await.map_err(failed)
}

/// Runs work until the stack stops, then cuts it off.
async fn until(stop: CancellationToken, work: impl Future<Output = ()>) {
    stop.run_until_cancelled(work).await;
}
