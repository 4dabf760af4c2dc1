//! DynamoDB: one table, in which every key starts with the tenant. A step is one conditional write; its refusal returns
//! the item that caused it.

mod attention;
mod block;
mod credential;
mod due;
mod expression;
mod file;
mod index;
mod inspection;
mod item;
mod keys;
mod kit;
mod listing;
mod misplaced;
mod order;
mod received;
mod retention;
pub mod schema;
mod tenant;
mod write;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use ulid::Ulid;

pub use attention::{COUNT_MAX, Overdue, Suspects};
pub use block::{KitBlock, KitClaim};
pub use credential::{Credentials, IssueOutcome, LIVE_KEYS_MAX, RevokeOutcome, SECRET_ATTRIBUTE};
pub use file::{Basis, BeginOutcome, FinishOutcome, Precedence};
pub use index::Rows;
pub use inspection::{TableInspection, TablePart};
pub use item::ItemError;
pub use listing::{FileQuery, OrderQuery, Page, PageRange, Selection};
pub use order::{
    ApproveOutcome, ArchivedOrder, ClaimOutcome, CreateOutcome, CreationRange, EndOutcome, EndReason, Lease, NewItem,
    RecordOutcome, ReviewProblem, WorkOrder,
};
pub use received::{Listing, ReceivedOrder, ReceivedPage};
pub use retention::Retention;
pub use tenant::{ChangeOutcome, RegisterOutcome, TenantList};

use crate::aws::{Sessions, failure};
use crate::domain::TenantId;
use crate::error::Error;
use item::{Attributes, name};

/// The table.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    /// Whose credentials reach the data; `None`: the client's own.
    sessions: Option<Sessions>,
    table: Arc<str>,
    retention: Retention,
}

impl Store {
    /// A table behind a client.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, sessions: None, table: table.into().into(), retention: Retention::default() }
    }

    /// The table, of which each tenant's data is reached by a session of its own.
    #[must_use]
    pub fn isolated(self, sessions: Option<Sessions>) -> Self {
        Self { sessions, ..self }
    }

    /// The table as this tenant may use it: the way to all data of tenants.
    async fn of(&self, tenant: &TenantId) -> Result<Self, Error> {
        let Some(sessions) = &self.sessions else { return Ok(self.clone()) };
        let client = sessions.of(tenant).await?.dynamodb(&self.client);
        Ok(Self { client, sessions: None, ..self.clone() })
    }

    /// The table, with orders that are kept for so long after their end.
    #[must_use]
    pub fn keeping(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// Reads one item. A consistent read costs one unit per 4 KB, an eventual one half of that.
    async fn get(&self, doing: &'static str, pk: String, sk: &str, read: Read) -> Result<Option<Attributes>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&*self.table)
            .key(name::PK, AttributeValue::S(pk))
            .key(name::SK, AttributeValue::S(sk.to_owned()))
            .consistent_read(matches!(read, Read::Consistent))
            .return_consumed_capacity(aws_sdk_dynamodb::types::ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failure(doing, &error))?;
        Ok(output.item)
    }
}

/// How fresh a read must be.
#[derive(Debug, Clone, Copy)]
enum Read {
    Consistent,
    Eventual,
}

/// A new id for one call, which marks the items that it writes: see `write.rs`.
fn new_attempt() -> String {
    Ulid::generate().to_string()
}

fn unreadable(doing: &'static str) -> impl Fn(ItemError) -> Error {
    move |error| Error::Internal { doing, source: error.into() }
}

/// An SDK builder lacked a required part. The code always sets them all.
fn unbuilt(doing: &'static str) -> impl Fn(aws_sdk_dynamodb::error::BuildError) -> Error {
    move |error| Error::Internal { doing, source: error.into() }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
