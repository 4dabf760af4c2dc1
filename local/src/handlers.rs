//! The functions' handlers with what they work with: the same values as on Lambda, over the parts of this process.

use std::net::SocketAddr;
use std::sync::Arc;

use authorize::Authorizer;
use ingest_file::IngestFile;
use lambda_http::Context;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use list_orders::Lists;
use shared::api::entry::{RestEvent, answer};
use shared::api::{Callers, Cursors, Function, TenantMode};
use shared::aws;
use shared::bucket::{Bucket, TicketSigner};
use shared::clock::Clock;
use shared::cms::{Cms, CmsConnection, CmsProfiles, HttpCms};
use shared::domain::{Name, TenantId};
use shared::error::Error;
use shared::files::{FileSearch, Files};
use shared::https::Roots;
use shared::orders::Orders;
use shared::processing::{Processing, RetryPolicy};
use shared::queue::Queue;
use shared::secret::Secret;
use shared::store::{Credentials, Store, TenantList, schema};
use shared::tenants::Tenants;
use work_due::WorkDue;

use crate::authorizer::GatewayAuthorizer;
use crate::calling::work_of;
use crate::config::{
    AccessMode, Addresses, BUCKET, KEYS_TABLE, Options, StackError, TABLE, TENANTS, TENANTS_TABLE, access, sessions,
};

/// Seals the cursors of lists, which only this machine sees.
const CURSOR_KEY: &str = "the key of the local stack, no secret";

/// What the handlers are built from.
#[derive(Debug)]
pub struct Parts {
    /// Who vouches for the tenant of a request.
    pub mode: TenantMode,
    /// The table.
    pub store: Store,
    /// The bucket.
    pub bucket: Bucket,
    /// The list of tenants.
    pub tenant_list: TenantList,
    /// The CMS.
    pub cms: Arc<dyn Cms>,
    /// When an order is tried again.
    pub policy: RetryPolicy,
    /// The time.
    pub clock: Clock,
    /// Where `ingest-file` leaves what it cannot finish.
    pub files_queue: Queue,
    /// Where `dispatch-due` sends the tenants' turns.
    pub turns_queue: Queue,
}

/// The handlers of every function.
#[derive(Debug)]
pub struct Handlers {
    callers: Callers,
    files: Files,
    file_search: FileSearch,
    /// The table.
    pub store: Store,
    processing: Arc<Processing>,
    /// What `list-orders` works with; others use parts of it.
    lists: Lists,
    /// What `ingest-file` works with.
    pub ingest: IngestFile,
    /// What `work-due` works with.
    pub work: WorkDue,
    tenant_list: TenantList,
    turns_queue: Queue,
    /// Whom the gateway asks who calls; `None`: nobody.
    pub(crate) authorizer: Option<GatewayAuthorizer>,
}

impl Handlers {
    /// Handlers over these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { mode, store, bucket, tenant_list, cms, policy, clock, files_queue, turns_queue } = parts;
        let files = Files::new(store.clone(), bucket, clock.clone());
        // One CMS, whatever profile a tenant's settings name.
        let only = Arc::clone(&cms);
        let profiles = CmsProfiles::new(cms, move |_| Arc::clone(&only));
        let processing = Arc::new(Processing::new(store.clone(), profiles, policy, clock.clone()));
        let cursors = Cursors::new(Secret::fixed(CURSOR_KEY.to_owned()));
        let tenants = || Tenants::new(store.clone());
        Self {
            callers: Callers::new(tenants(), mode, clock.clone()),
            lists: Lists { orders: Orders::new(store.clone()), cursors, stuck_after: policy.stuck_after },
            ingest: IngestFile { files: files.clone(), queue: files_queue },
            work: WorkDue { tenants: tenants(), processing: Arc::clone(&processing), clock },
            files,
            file_search: FileSearch::new(store.clone()),
            store,
            processing,
            tenant_list,
            turns_queue,
            authorizer: None,
        }
    }

    /// Creates the tables and tenants, and the handlers over the parts that listen at these addresses.
    pub(crate) async fn open(
        at: &Addresses,
        options: &Options,
        files_queue: Queue,
        turns_queue: Queue,
    ) -> Result<Self, StackError> {
        let dynamodb_url = format!("http://{}", reachable(at.dynamodb));
        set_up(&dynamodb_url).await.map_err(StackError::Setup)?;
        let config = aws::config(&access(), options.aws_http.clone());
        let (dynamodb, sessions) = (aws::dynamodb(&config, Some(&dynamodb_url)), sessions());
        let credentials = Credentials::new(dynamodb.clone(), KEYS_TABLE);
        let store = Store::new(dynamodb.clone(), TABLE).isolated(Some(sessions.clone()));
        let s3_url = format!("http://{}", reachable(at.s3));
        let signer = TicketSigner::new(access(), BUCKET, Some(&s3_url));
        let bucket = Bucket::new(aws::s3(&config, Some(&s3_url)), BUCKET, signer).isolated(Some(sessions));
        let cms_url = options.cms_url.clone().unwrap_or_else(|| format!("http://{}", reachable(at.cms)));
        let connection = CmsConnection::with_token(None).map_err(StackError::Cms)?;
        let cms = HttpCms::new(&cms_url, connection, options.cms_limits).map_err(StackError::CmsUrl)?;
        let authorizer = (options.access_mode == AccessMode::Authorizer)
            .then(|| Authorizer::new(credentials, None, options.clock.clone()));
        let mode = if authorizer.is_some() { TenantMode::Authorizer } else { TenantMode::Header };
        let handlers = Self::new(Parts {
            mode,
            store: store.keeping(options.retention),
            bucket,
            tenant_list: TenantList::new(dynamodb, TENANTS_TABLE),
            cms: Arc::new(cms),
            policy: RetryPolicy::new(options.attempts_max, options.stuck_after),
            clock: options.clock.clone(),
            files_queue,
            turns_queue,
        });
        Ok(Self { authorizer: authorizer.map(GatewayAuthorizer::new), ..handlers })
    }

    /// Calls a function's handler with one event, as Lambda would.
    pub async fn answer(&self, function: Function, event: RestEvent, context: Context) -> ApiGatewayProxyResponse {
        let Self { callers, files, file_search, processing, lists, .. } = self;
        let Lists { orders, cursors, .. } = lists;
        macro_rules! answer {
            ($handle:expr) => {
                work_of(function.name(), answer(callers, function, event, context, $handle)).await
            };
        }
        match function {
            Function::CreateOrder => {
                answer!(async |call, _, request| create_order::handle(orders, call, request).await)
            }
            Function::PgkOrder => answer!(async |call, _, request| pgk_order::handle(orders, call, request).await),
            Function::UploadFile => {
                answer!(async |call, route, request| upload_file::handle(files, call, route, request).await)
            }
            Function::CancelOrder => {
                answer!(async |call, _, request| cancel_order::handle(orders, call, request).await)
            }
            Function::FetchStatus => {
                answer!(async |call, route, request| fetch_status::handle(orders, call, route, request).await)
            }
            Function::FetchFile => {
                answer!(async |call, route, request| {
                    fetch_file::handle(file_search, cursors, call, route, request).await
                })
            }
            Function::FetchOrder => {
                answer!(async |call, route, request| fetch_order::handle(orders, call, route, request).await)
            }
            Function::ListOrders => {
                answer!(async |call, route, request| list_orders::handle(lists, call, route, request).await)
            }
            Function::ReviewOrder => {
                answer!(async |call, route, request| review_order::handle(orders, call, route, request).await)
            }
            Function::ReceivedOrders => {
                answer!(async |call, _, request| received_orders::handle(orders, cursors, call, request).await)
            }
            Function::ProcessOrder => {
                answer!(async |call, _, request| process_order::handle(processing, call, request).await)
            }
            Function::SyncStatus => {
                answer!(async |call, route, request| sync_status::handle(processing, call, route, request).await)
            }
            Function::RetryStuck => {
                answer!(async |call, _, request| retry_stuck::handle(processing, call, request).await)
            }
        }
    }

    /// Sends every tenant its turn.
    pub async fn dispatch(&self) -> Result<usize, Error> {
        work_of("dispatch-due", dispatch_due::handle(&self.tenant_list, &self.turns_queue)).await
    }
}

/// Creates the tables and tenants where there are none, as an administrator.
async fn set_up(url: &str) -> Result<(), Error> {
    let config = aws::config(&access(), aws::http_client(Roots::Amazon));
    let client = aws::dynamodb(&config, Some(url));
    schema::create_table(&client, TABLE).await?;
    schema::create_tenants_table(&client, TENANTS_TABLE).await?;
    schema::create_keys_table(&client, KEYS_TABLE).await?;
    let (store, list) = (Store::new(client.clone(), TABLE), TenantList::new(client, TENANTS_TABLE));
    for (tenant, display_name) in TENANTS {
        if let (Ok(tenant), Ok(display_name)) = (TenantId::parse(tenant), Name::parse(display_name)) {
            // One that is registered keeps its settings.
            store.register_tenant(&list, &tenant, &display_name, None).await?;
        }
    }
    Ok(())
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
