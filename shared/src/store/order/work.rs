//! An order on its way through the card management system (CMS): claimed by one worker at a time, backed off after a
//! failure, put on hold. Leases only save work; facts decide what is true of an order, and need no lease.

use jiff::Timestamp;

use super::super::expression::{Condition, ItemUpdate, Write, above, at_most, below, equal};
use super::super::item::{OrderItem, approval, from_attributes, name};
use super::super::keys::{Shelf, Waiting};
use super::super::{Read, Store, keys, new_attempt, number, text, unreadable};
use super::history::with_change;
use super::{READING, is, update_order};
use crate::domain::{ApprovalState, Change, CmsKey, CmsOrder, CmsProfile, Line, OrderId, OrderState, Status, TenantId};
use crate::error::Error;

const CLAIMING: &str = "claiming an order";
const DECIDING: &str = "deciding about an order";

/// An order as a worker read it.
#[derive(Debug, Clone)]
pub struct WorkOrder {
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// Its id.
    pub id: OrderId,
    /// What its item says about its progress.
    pub state: OrderState,
    pub(super) item: OrderItem,
}

/// The right to send an order, for a limited time.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// Until when nobody else claims the order.
    pub until: Timestamp,
    /// An order that was sent this many times is not sent again; `None`: it is claimed to be voided.
    pub attempts_max: Option<u32>,
}

/// What came of claiming an order.
#[derive(Debug)]
pub enum ClaimOutcome {
    /// It is ours, and this is what it is now.
    Ours(Box<WorkOrder>),
    /// It has changed since it was read.
    Lost,
}

impl WorkOrder {
    pub(super) fn new(tenant: &TenantId, id: &OrderId, item: OrderItem) -> Result<Self, Error> {
        let state = item.state().map_err(unreadable(READING))?;
        Ok(Self { tenant: tenant.clone(), id: id.clone(), state, item })
    }

    /// Its item after the claim, except for its rows in the indexes.
    fn claimed(&self, attempt: String, lease: Lease, cms: Option<&CmsProfile>, change: &Change) -> OrderItem {
        let mut item = self.item.clone();
        item.status = Status::Pending;
        item.version += 1;
        item.epoch += 1;
        item.attempts += 1;
        item.lease_owner = Some(attempt);
        item.lease_until_s = Some(lease.until.as_second());
        item.cms_profile = cms.cloned();
        item.remember(change);
        item
    }

    /// Its key in the CMS.
    #[must_use]
    pub fn cms_key(&self) -> CmsKey {
        CmsKey::of(&self.tenant, &self.id)
    }

    /// Returns the CMS that may know it: that of its first claim or, before that, the tenant's.
    #[must_use]
    pub fn cms_profile<'a>(&'a self, of_tenant: Option<&'a CmsProfile>) -> Option<&'a CmsProfile> {
        if self.state.status == Status::Received { of_tenant } else { self.item.cms_profile.as_ref() }
    }

    /// Whether the CMS has acknowledged it.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        self.state.is_acknowledged()
    }

    /// Whether it was sent and the CMS has not acknowledged it.
    #[must_use]
    pub fn is_unacknowledged(&self) -> bool {
        self.state.status == Status::Pending && self.state.lease_until.is_some()
    }

    /// Whether the CMS has it and is due to be asked about it.
    #[must_use]
    pub fn is_due_to_be_asked_for(&self, now: Timestamp) -> bool {
        self.is_acknowledged() && self.due_at().is_none_or(|at| at <= now)
    }

    /// When it got its status.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.item.gsi1sk.as_deref().and_then(keys::row_instant).unwrap_or(self.state.scheduled_at)
    }

    /// Since when it could have been sent: its start, or its approval if that came later.
    #[must_use]
    pub fn due_since(&self) -> Timestamp {
        let approved_at = self.item.reviewed_at_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        approved_at.map_or(self.state.scheduled_at, |at| at.max(self.state.scheduled_at))
    }

    /// Its row in the index by next action.
    fn due_row(&self, next_at: Timestamp, waiting: Waiting) -> keys::IndexKey {
        keys::by_due(&self.tenant, self.item.due_shard, next_at, &self.id, waiting)
    }

    /// Whether its row in the index by next action says that it is acknowledged.
    #[must_use]
    pub fn is_listed_as_acknowledged(&self) -> bool {
        self.waiting() == Some(Waiting::Acknowledged)
    }

    /// What waits, according to its row in the index by next action.
    fn waiting(&self) -> Option<Waiting> {
        keys::due_row(self.item.gsi2sk.as_deref()?).map(|(_, waiting)| waiting)
    }

    /// When its next action is due, according to the index.
    fn due_at(&self) -> Option<Timestamp> {
        keys::due_row(self.item.gsi2sk.as_deref()?).map(|(at, _)| at)
    }
}

impl Store {
    /// Reads an order to work on it.
    pub async fn work_order(&self, tenant: &TenantId, id: &OrderId) -> Result<Option<WorkOrder>, Error> {
        let Some(item) =
            self.of(tenant).await?.get(READING, keys::order(tenant, id), keys::ALONE, Read::Consistent).await?
        else {
            return Ok(None);
        };
        let item: OrderItem = from_attributes(item).map_err(unreadable(READING))?;
        WorkOrder::new(tenant, id, item).map(Some)
    }

    /// Reads what the CMS gets of an order.
    pub async fn cms_order(&self, order: &WorkOrder) -> Result<CmsOrder, Error> {
        Ok(CmsOrder {
            key: order.cms_key(),
            tenant: order.tenant.clone(),
            order_id: order.id.clone(),
            body: self.order_body(&order.tenant, &order.item).await?,
            lines: order.item.lines.iter().cloned().map(Line::from).collect(),
            file: order.item.file_pin().map_err(unreadable(READING))?,
        })
    }

    /// Claims an order before it is sent to this CMS: RECEIVED becomes PENDING, PENDING stays.
    pub async fn claim_order(
        &self,
        order: &WorkOrder,
        lease: Lease,
        cms: Option<&CmsProfile>,
        change: &Change,
    ) -> Result<ClaimOutcome, Error> {
        let attempt = new_attempt();
        let update = update_order(&order.tenant, &order.id, &attempt)
            .set(name::EPOCH, number((order.item.epoch + 1).cast_signed()))
            .set(name::ATTEMPTS, number((order.state.attempts + 1).into()))
            .set(name::LEASE_OWNER, text(&attempt))
            .set(name::LEASE_UNTIL, number(lease.until.as_second()));
        let update = match order.state.status {
            Status::Received => first_claim(update, order, cms, change),
            _ => claim_again(update, order, lease, change),
        };
        let writes = with_change(update, &order.tenant, &order.id, &order.item, change)?;
        if !self.of(&order.tenant).await?.commit(CLAIMING, writes, &attempt).await?.is_written() {
            return Ok(ClaimOutcome::Lost);
        }
        let ours = WorkOrder::new(&order.tenant, &order.id, order.claimed(attempt, lease, cms, change))?;
        Ok(ClaimOutcome::Ours(Box::new(ours)))
    }

    /// Backs off from an order that we hold until `next_at`, after a call with an unknown outcome, and sets its attempts.
    /// `false`: it is no longer ours.
    pub async fn back_off(
        &self,
        order: &WorkOrder,
        next_at: Timestamp,
        attempts: u32,
        trouble: &str,
    ) -> Result<bool, Error> {
        let owner = order.item.lease_owner.clone().unwrap_or_default();
        self.decide(order, |update| {
            fenced(update, order)
                .set(name::ATTEMPTS, number(attempts.into()))
                .set(name::LEASE_UNTIL, number(next_at.as_second()))
                .set(name::LAST_ERROR, text(trouble))
                .due(order.due_row(next_at, Waiting::sent(attempts)))
                .remove(&[name::LEASE_OWNER])
                .when(equal(name::LEASE_OWNER, text(owner)))
        })
        .await
    }

    /// Puts an order on hold: out of the index by next action, it waits for an operator. `false`: it has changed.
    pub async fn hold(&self, order: &WorkOrder, reason: &str, change: &Change) -> Result<bool, Error> {
        // Whoever holds its lease may; if nobody does, the lease must be over.
        let is_free = match &order.item.lease_owner {
            Some(owner) => equal(name::LEASE_OWNER, text(owner)),
            None => at_most(name::LEASE_UNTIL, number(change.at.as_second())),
        };
        let attempt = new_attempt();
        let row = keys::by_status(&order.tenant, Shelf::Hold, order.item.status_shard, order.since(), &order.id);
        let update = fenced(update_order(&order.tenant, &order.id, &attempt), order)
            .set(name::HOLD, text(reason))
            .set(name::HELD_SINCE, number(change.at.as_millisecond()))
            .remove(&[name::LEASE_OWNER, name::LEASE_UNTIL])
            .ended(Some(row))
            .when(is_free);
        let writes = with_change(update, &order.tenant, &order.id, &order.item, change)?;
        Ok(self.of(&order.tenant).await?.commit(DECIDING, writes, &attempt).await?.is_written())
    }

    /// Postpones the next poll of the CMS to `next_at`. `false`: the order has changed since it was read.
    pub async fn postpone(&self, order: &WorkOrder, next_at: Timestamp) -> Result<bool, Error> {
        let is_unchanged = equal(name::VERSION, number(order.item.version.cast_signed()));
        let row = order.due_row(next_at, Waiting::Acknowledged);
        self.decide(order, |update| update.due(row).when(is_unchanged)).await
    }

    /// Writes a decision that changes no status. `false`: it was refused.
    async fn decide(&self, order: &WorkOrder, with: impl FnOnce(ItemUpdate) -> ItemUpdate) -> Result<bool, Error> {
        let attempt = new_attempt();
        let update = with(update_order(&order.tenant, &order.id, &attempt)).without_event();
        Ok(self.of(&order.tenant).await?.commit(DECIDING, [Write::Update(update)], &attempt).await?.is_written())
    }
}

/// From RECEIVED to PENDING, if no approval is required or it was given. The row of the index by next action stays: it is
/// due already, and a row is only a hint. The order keeps this CMS, since another one would produce it
/// again.
fn first_claim(update: ItemUpdate, order: &WorkOrder, cms: Option<&CmsProfile>, change: &Change) -> ItemUpdate {
    let shelf = Shelf::Of(Status::Pending);
    let by_status = keys::by_status(&order.tenant, shelf, order.item.status_shard, change.at, &order.id);
    let update = match cms {
        Some(cms) => update.set(name::ORDER_CMS_PROFILE, text(cms.as_str())),
        None => update,
    };
    update
        .set(name::STATUS, text(Status::Pending.as_str()))
        .listed(by_status)
        .when(is(Status::Received))
        .when(Condition::Any(vec![
            equal(name::APPROVAL, text(approval::text(None))),
            equal(name::APPROVAL, text(approval::text(Some(ApprovalState::Approved)))),
        ]))
        .when(at_most(name::SCHEDULED_AT, number(change.at.as_second())))
        .when(above(name::VALID_UNTIL, number(change.at.as_second())))
}

/// From PENDING to PENDING, with the same key. An order that the CMS has acknowledged has no lease, so that it is never
/// sent again.
fn claim_again(update: ItemUpdate, order: &WorkOrder, lease: Lease, change: &Change) -> ItemUpdate {
    let mut update = fenced(update, order)
        .when(at_most(name::LEASE_UNTIL, number(change.at.as_second())))
        .when(Condition::Absent(name::HOLD));
    // Its worker died after the first claim.
    if order.waiting() == Some(Waiting::Received) {
        update = update.due(order.due_row(change.at, Waiting::Sent));
    }
    match lease.attempts_max {
        Some(max) => update.when(below(name::ATTEMPTS, number(max.into()))),
        None => update,
    }
}

/// Requires that the order is still PENDING in the epoch in which it was read.
fn fenced(update: ItemUpdate, order: &WorkOrder) -> ItemUpdate {
    update.when(is(Status::Pending)).when(equal(name::EPOCH, number(order.item.epoch.cast_signed())))
}
