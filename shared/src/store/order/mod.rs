//! Orders in the table: create and read.

mod end;
mod fact;
mod history;
mod work;

use jiff::Timestamp;

pub use end::{EndOutcome, EndReason};
pub use fact::RecordOutcome;
pub use work::{ClaimOutcome, Lease, WorkOrder};

use super::expression::{Condition, ItemUpdate, NO_ITEM, Write, equal};
use super::file::take_file;
use super::item::{
    Attributes, BodyItem, ChangeItem, LineItem, OrderItem, StatusChange, content_hash, digest_text, from_attributes,
    name, size, to_attributes,
};
use super::write::WriteOutcome;
use super::{Read, Store, keys, new_attempt, text, unreadable};
use crate::domain::{BranchId, Change, ContentHash, FilePin, Line, NewOrder, OrderId, Status, Tenant, TenantId};
use crate::error::Error;

/// An order whose item is larger, in bytes, keeps its body in an item of its own, so that a status read costs one unit.
const ITEM_BYTES_MAX: usize = 2_560;

const CREATING: &str = "writing a new order";
const READING: &str = "reading an order";

/// A new order, with everything that its item needs.
#[derive(Debug)]
pub struct NewItem<'a> {
    /// The tenant that it belongs to.
    pub tenant: &'a Tenant,
    /// The order.
    pub order: &'a NewOrder,
    /// The file it takes.
    pub file: Option<&'a FilePin>,
    /// Its first change.
    pub change: &'a Change,
}

/// What came of creating an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateOutcome {
    /// The order was written.
    New,
    /// The same order had been written before.
    Replay,
    /// Another order has this id.
    OtherContent,
    /// The file is no longer what it was when it was read.
    FileChanged,
}

/// An order as it was read.
#[derive(Debug, Clone)]
pub struct StoredOrder {
    /// The label for people.
    pub label: String,
    /// The branch that placed it.
    pub branch: BranchId,
    /// Its status at the instant it was read for: a RECEIVED order past its validity is EXPIRED.
    pub status: Status,
    /// Its lines, each with its status.
    pub lines: Vec<StoredLine>,
    /// Its content.
    pub content: ContentHash,
}

/// A line with its status.
#[derive(Debug, Clone)]
pub struct StoredLine {
    /// What was ordered.
    pub line: Line,
    /// Its status.
    pub status: Status,
}

impl Store {
    /// Writes a new order; if it has a file, takes the file in the same transaction.
    pub async fn create_order(&self, new: &NewItem<'_>) -> Result<CreateOutcome, Error> {
        let attempt = new_attempt();
        let (order, body) = order_items(new, &attempt)?;
        let file = new.file.map(|pin| take_file(&new.tenant.id, pin, &new.order.id, &attempt));
        let outcome = self.commit(CREATING, [Some(order), file, body].into_iter().flatten(), &attempt).await?;
        Ok(match outcome {
            WriteOutcome::Written => CreateOutcome::New,
            WriteOutcome::OtherRefused => CreateOutcome::FileChanged,
            WriteOutcome::Refused(old) => {
                let old = old.read::<OrderItem>()?.map(|old| content_hash(&old.content));
                match old.transpose().map_err(unreadable(CREATING))? {
                    Some(content) if content == new.order.content => CreateOutcome::Replay,
                    _ => CreateOutcome::OtherContent,
                }
            }
        })
    }

    /// Reads an order as of `now`: one read unit.
    pub async fn order(&self, tenant: &TenantId, id: &OrderId, now: Timestamp) -> Result<Option<StoredOrder>, Error> {
        let item = self.get(READING, keys::order(tenant, id), keys::ALONE, Read::Consistent).await?;
        item.map(|item| stored_order(item, now).map_err(unreadable(READING))).transpose()
    }
}

/// The order's item, and its body if that is an item of its own.
fn order_items(new: &NewItem<'_>, attempt: &str) -> Result<(Write, Option<Write>), Error> {
    let NewItem { tenant, order, file, change } = new;
    let (pk, at) = (keys::order(&tenant.id, &order.id), change.at);
    let spread = order.id.spread();
    let (status_shard, due_shard) = (spread % tenant.settings.status_shards, spread % tenant.settings.due_shards);
    let by_status = keys::by_status(&tenant.id, Status::Received, status_shard, at, &order.id);
    let by_due = keys::by_due(&tenant.id, due_shard, order.scheduled_at, &order.id);
    let body = serde_json::to_string(order.body.expose())
        .map_err(|error| Error::Internal { doing: CREATING, source: error.into() })?;
    let mut item = OrderItem {
        pk: pk.clone(),
        sk: keys::ALONE.to_owned(),
        gsi1pk: Some(by_status.pk),
        gsi1sk: Some(by_status.sk),
        gsi2pk: Some(by_due.pk),
        gsi2sk: Some(by_due.sk),
        version: 1,
        attempt: attempt.to_owned(),
        status: Status::Received,
        label: label(at, &order.id),
        branch: order.branch_id().clone(),
        content: digest_text(&order.content.0),
        lines: order.lines.as_slice().iter().map(LineItem::from).collect(),
        scheduled_at_s: order.scheduled_at.as_second(),
        valid_until_s: order.valid_until.as_second(),
        status_shard,
        due_shard,
        history: vec![ChangeItem::from(*change)],
        status_change: Some(StatusChange::new(&tenant.id, &order.id, change)),
        epoch: 0,
        attempts: 0,
        lease_owner: None,
        lease_until_s: None,
        cms_key: None,
        cms_order_id: None,
        hold: None,
        last_error: None,
        body: Some(body),
        file: file.map(|pin| pin.name.clone()),
        file_key: file.map(|pin| pin.object.key.clone()),
        file_version_id: file.map(|pin| pin.object.version_id.clone()),
        file_digest: file.map(|pin| digest_text(&pin.digest.0)),
    };
    let mut attributes = to_attributes(&item).map_err(unreadable(CREATING))?;
    let mut body_write = None;
    if size(&attributes) > ITEM_BYTES_MAX {
        let body = item.body.take().unwrap_or_default();
        attributes = to_attributes(&item).map_err(unreadable(CREATING))?;
        let body = BodyItem { pk, sk: keys::BODY.to_owned(), body };
        body_write = Some(Write::put(CREATING, &body)?);
    }
    Ok((Write::Put(attributes, Some(NO_ITEM)), body_write))
}

/// Begins an update of an order: marks it with the attempt and increments its version.
fn update_order(tenant: &TenantId, id: &OrderId, attempt: &str) -> ItemUpdate {
    ItemUpdate::of(keys::order(tenant, id)).marked(attempt).increment(name::VERSION)
}

fn is(status: Status) -> Condition {
    equal(name::STATUS, text(status.as_str()))
}

fn stored_order(attributes: Attributes, now: Timestamp) -> Result<StoredOrder, super::ItemError> {
    let item: OrderItem = from_attributes(attributes)?;
    let status = effective_status(&item, now)?;
    let line = |item: LineItem| StoredLine { status: item.status.unwrap_or(status), line: item.into() };
    Ok(StoredOrder {
        label: item.label,
        branch: item.branch,
        status,
        lines: item.lines.into_iter().map(line).collect(),
        content: content_hash(&item.content)?,
    })
}

/// The status at an instant.
fn effective_status(item: &OrderItem, now: Timestamp) -> Result<Status, super::ItemError> {
    Ok(item.state()?.status_at(now))
}

/// `cardOrderName`: the second of creation, then three digits from the order id. A label, never a key.
fn label(created: Timestamp, id: &OrderId) -> String {
    format!("{}{:03}", created.as_second(), id.spread() % 1_000)
}
