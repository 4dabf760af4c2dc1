//! Orders in the table: create and read.

mod archive;
mod end;
mod fact;
mod history;
mod review;
mod view;
mod work;

use jiff::Timestamp;

pub use archive::{ArchivedOrder, CreationRange};
pub use end::{EndOutcome, EndReason};
pub use fact::RecordOutcome;
pub use review::{ApproveOutcome, ReviewProblem};
pub use work::{ClaimOutcome, Lease, WorkOrder};

use super::expression::{Condition, ItemUpdate, NO_ITEM, Write, equal};
use super::file::take_file;
use super::item::{
    BodyItem, ChangeItem, EventItem, EventOrder, LineItem, OrderItem, content_hash, digest_text, name, size,
    to_attributes,
};
use super::keys::{Shelf, Waiting};
use super::write::WriteOutcome;
use super::{Store, keys, new_attempt, text, unreadable};
use crate::domain::{ApprovalState, Change, FilePin, NewOrder, OrderId, Status, Tenant, TenantId};
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

impl Store {
    /// Writes a new order; if it has a file, takes the file in the same transaction.
    pub async fn create_order(&self, new: &NewItem<'_>) -> Result<CreateOutcome, Error> {
        let attempt = new_attempt();
        let writes = || {
            let (order, body) = order_items(new, &attempt)?;
            let file = new.file.map(|pin| take_file(&new.tenant.id, pin, &new.order.id, &attempt));
            Ok([Some(order), file, body].into_iter().flatten())
        };
        let outcome = self.of(&new.tenant.id).await?.commit_anew(CREATING, writes, &attempt).await?;
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
}

/// The order's item, and its body if that is an item of its own.
fn order_items(new: &NewItem<'_>, attempt: &str) -> Result<(Write, Option<Write>), Error> {
    let NewItem { tenant, order, file, change } = new;
    let (pk, at) = (keys::order(&tenant.id, &order.id), change.at);
    let spread = order.id.spread();
    let (status_shard, due_shard) = (spread % tenant.settings.status_shards, spread % tenant.settings.due_shards);
    let approval = tenant.settings.needs_approval(order.lines.quantity()).then_some(ApprovalState::Required);
    let (shelf, next_at, waiting) = match approval {
        Some(_) => (Shelf::Approval, order.valid_until, Waiting::Expiry),
        None => (Shelf::Of(Status::Received), order.scheduled_at, Waiting::Received),
    };
    let by_status = keys::by_status(&tenant.id, shelf, status_shard, at, &order.id);
    let by_due = keys::by_due(&tenant.id, due_shard, next_at, &order.id, waiting);
    let event_order = EventOrder { tenant: &tenant.id, id: &order.id, file: file.map(|pin| &pin.name) };
    let body = serde_json::to_string(order.body.expose())
        .map_err(|error| Error::Internal { doing: CREATING, source: error.into() })?;
    let mut item = OrderItem {
        pk: pk.clone(),
        sk: keys::ALONE.to_owned(),
        gsi1pk: Some(by_status.pk),
        gsi1sk: Some(by_status.sk),
        gsi2pk: Some(by_due.pk),
        gsi2sk: Some(by_due.sk),
        gsi3pk: keys::branch_partition(&tenant.id, order.branch_id()),
        gsi3sk: keys::ms_row(at, &order.id),
        version: 1,
        attempt: attempt.to_owned(),
        status: Status::Received,
        label: label(at, &order.id),
        branch: order.branch_id().clone(),
        content: digest_text(&order.content.0),
        lines: order.lines.as_slice().iter().map(LineItem::from).collect(),
        start: order.start,
        scheduled_at_s: order.scheduled_at.as_second(),
        valid_until_s: order.valid_until.as_second(),
        status_shard,
        due_shard,
        history: vec![ChangeItem::from(*change)],
        event: Some(EventItem::of_status(event_order, change)),
        approval,
        maker: change.by.clone().filter(|_| approval.is_some()),
        reviewed_by: None,
        reviewed_at_ms: None,
        reason: None,
        epoch: 0,
        attempts: 0,
        lease_owner: None,
        lease_until_s: None,
        cms_order_id: None,
        hold: None,
        held_since_ms: None,
        last_error: None,
        body: Some(body),
        file: file.map(|pin| pin.name.clone()),
        file_key: file.map(|pin| pin.object.key.clone()),
        file_version_id: file.map(|pin| pin.object.version_id.clone()),
        file_digest: file.map(|pin| digest_text(&pin.digest.0)),
        is_file_free: false,
        cms_profile: None,
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

/// The status at an instant.
fn effective_status(item: &OrderItem, now: Timestamp) -> Result<Status, super::ItemError> {
    Ok(item.state()?.status_at(now))
}

/// `cardOrderName`: the second of creation, then three digits from the order id. A label, never a key.
fn label(created: Timestamp, id: &OrderId) -> String {
    format!("{}{:03}", created.as_second(), id.spread() % 1_000)
}
