//! What the handlers work with: the same `App` as on Lambda, over the parts of this process.

use std::net::SocketAddr;
use std::sync::Arc;

use shared::api::TenantMode;
use shared::bucket::Bucket;
use shared::cms::HttpCms;
use shared::domain::{Sensitive, TenantId};
use shared::error::Error;
use shared::processing::{Patience, Processing};
use shared::queue::Queue;
use shared::runtime::{App, HttpClient, dynamodb, http_client, s3};
use shared::store::{Store, schema};

use crate::config::{Addresses, BUCKET, Options, StackError, TABLE, TENANTS, TENANTS_TABLE, access};
use crate::s3::Notices;
use crate::work::Nudges;

/// Seals the cursors of lists, which only this machine sees.
const CURSOR_KEY: &str = "the key of the local stack, no secret";

/// What the handlers work with; `dispatch-due` sends to another queue than the others.
pub(crate) struct Apps {
    pub(crate) main: Arc<App>,
    pub(crate) dispatch: Arc<App>,
}

impl Apps {
    /// Creates the tables and tenants, and what the handlers work with.
    pub(crate) async fn open(
        at: &Addresses,
        options: &Options,
        notices: Notices,
        nudges: Nudges,
    ) -> Result<Self, StackError> {
        let http = http_client();
        let store = open_store(reachable(at.dynamodb), http.clone()).await.map_err(StackError::Setup)?;
        let s3_url = format!("http://{}", reachable(at.s3));
        let signer = access().ticket_signer(Some(&s3_url), BUCKET);
        let bucket = Bucket::new(s3(&access(), Some(&s3_url), http), BUCKET, signer);
        let cms_url = options.cms_url.clone().unwrap_or_else(|| format!("http://{}", reachable(at.cms)));
        let cms = HttpCms::new(&cms_url, None, options.cms_limits).map_err(StackError::CmsUrl)?;
        let patience = Patience::new(options.attempts_max, options.stuck_after);
        let processing = Arc::new(Processing::new(Arc::new(cms), patience));
        let app = |send: Arc<dyn Fn(String) + Send + Sync>| {
            let queue = Queue::InProcess(send);
            let app = App::new(store.clone(), bucket.clone(), queue, options.clock.clone(), TenantMode::Header);
            let cursor_key = Sensitive::new(CURSOR_KEY.to_owned());
            Arc::new(app.with_processing(Some(Arc::clone(&processing))).with_cursor_key(Some(cursor_key)))
        };
        let nudge = move |message| {
            if nudges.send(message).is_err() {
                tracing::debug!("the stack is stopping");
            }
        };
        Ok(Self { main: app(Arc::new(move |body| notices.send(&body))), dispatch: app(Arc::new(nudge)) })
    }
}

/// Opens the store; creates its tables and tenants where there are none.
async fn open_store(at: SocketAddr, http: HttpClient) -> Result<Store, Error> {
    let client = dynamodb(&access(), Some(&format!("http://{at}")), http);
    schema::create_table(&client, TABLE).await?;
    schema::create_tenants_table(&client, TENANTS_TABLE).await?;
    let store = Store::new(client, TABLE).with_tenants_table(Some(TENANTS_TABLE.to_owned()));
    for (tenant, display_name) in TENANTS {
        if let Ok(tenant) = TenantId::parse(tenant) {
            store.register_tenant(&tenant, display_name).await?;
        }
    }
    Ok(store)
}

/// Returns an address by which this process reaches a part that may listen on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
