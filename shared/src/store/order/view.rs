//! Orders as people see them.

use jiff::Timestamp;

use super::super::item::{BodyItem, LineItem, OrderItem, content_hash, from_attributes, millis};
use super::super::{ItemError, Read, Store, keys, unreadable};
use super::READING;
use crate::domain::{
    Approval, Change, Hold, OrderBody, OrderId, OrderLine, OrderState, OrderView, Sensitive, Status, TenantId,
};
use crate::error::{Error, unreadable as unreadable_json};

impl Store {
    /// Reads an order as of `now`: one read unit.
    pub async fn order(&self, tenant: &TenantId, id: &OrderId, now: Timestamp) -> Result<Option<OrderView>, Error> {
        let item = self.order_item(tenant, id).await?;
        item.map(|item| view(id, item, now).map_err(unreadable(READING))).transpose()
    }

    /// Reads an order with its body as of `now`.
    pub async fn whole_order(
        &self,
        tenant: &TenantId,
        id: &OrderId,
        now: Timestamp,
    ) -> Result<Option<(OrderView, Sensitive<OrderBody>)>, Error> {
        let Some(item) = self.order_item(tenant, id).await? else { return Ok(None) };
        let body = self.order_body(tenant, &item).await?;
        view(id, item, now).map(|order| Some((order, body))).map_err(unreadable(READING))
    }

    async fn order_item(&self, tenant: &TenantId, id: &OrderId) -> Result<Option<OrderItem>, Error> {
        let item = self.of(tenant).await?.get(READING, keys::order(tenant, id), keys::ALONE, Read::Consistent).await?;
        item.map(from_attributes).transpose().map_err(unreadable(READING))
    }

    /// Returns the body of an order, which may be an item of its own.
    pub(super) async fn order_body(&self, tenant: &TenantId, order: &OrderItem) -> Result<Sensitive<OrderBody>, Error> {
        let stored = if let Some(body) = &order.body {
            body.clone()
        } else {
            let item = self.of(tenant).await?.get(READING, order.pk.clone(), keys::BODY, Read::Consistent).await?;
            let item = item.ok_or(Error::Internal { doing: READING, source: "its body is missing".into() })?;
            from_attributes::<BodyItem>(item).map_err(unreadable(READING))?.body
        };
        read_body(&stored)
    }
}

pub(super) fn read_body(stored: &str) -> Result<Sensitive<OrderBody>, Error> {
    let body = serde_json::from_str(stored);
    body.map(Sensitive::new).map_err(|error| Error::Internal { doing: READING, source: unreadable_json(&error) })
}

pub(super) fn view(id: &OrderId, item: OrderItem, now: Timestamp) -> Result<OrderView, ItemError> {
    let state = item.state()?;
    let status = state.status_at(now);
    let received_at = keys::row_instant(&item.gsi3sk).ok_or(ItemError::Value("gsi3sk"))?;
    let reviewed_at = item.reviewed_at_ms.map(millis).transpose()?;
    let held_since = item.held_since_ms.map(millis).transpose()?;
    let is_leased = item.lease_owner.is_some() && state.lease_until.is_some_and(|until| until > now);
    let line = |item: LineItem| OrderLine { status: item.status.unwrap_or(status), line: item.into() };
    Ok(OrderView {
        id: id.clone(),
        status,
        status_since: status_since(&item, &state, status)?,
        received_at,
        scheduled_at: state.scheduled_at,
        valid_until: state.valid_until,
        start: item.start,
        file: item.file_pin()?,
        is_file_free: item.is_file_free || matches!(item.status, Status::Cancelled | Status::Expired),
        attempts: item.attempts,
        is_leased,
        is_acknowledged: state.is_acknowledged(),
        next_action_at: next_action_at(&item, &state),
        last_error: item.last_error,
        maker: item.maker,
        hold: item.hold.zip(held_since).map(|(reason, since)| Hold { since, reason }),
        approval: item.approval.map(|state| Approval {
            state,
            by: item.reviewed_by,
            at: reviewed_at,
            reason: item.reason,
        }),
        lines: item.lines.into_iter().map(line).collect(),
        cms_order_id: item.cms_order_id,
        label: item.label,
        branch: item.branch,
        content: content_hash(&item.content)?,
    })
}

/// Since when an order has its status: its row in the index says so, and its last change for one that left the index.
fn status_since(item: &OrderItem, state: &OrderState, status: Status) -> Result<Timestamp, ItemError> {
    if status == Status::Expired {
        return Ok(state.valid_until);
    }
    if let Some(since) = item.gsi1sk.as_deref().and_then(keys::row_instant) {
        return Ok(since);
    }
    let last = item.history.last().cloned().ok_or(ItemError::Value("hi"))?;
    Change::try_from(last).map(|change| change.at)
}

/// When the next step is due. A lease ends before anybody else continues, whatever the index says; and an order that was sent
/// keeps the row of one that was not until its first poll, which is not due before it was sent.
fn next_action_at(item: &OrderItem, state: &OrderState) -> Option<Timestamp> {
    match state.lease_until {
        Some(until) if state.status == Status::Pending => Some(until),
        _ => {
            let (due, _) = keys::due_row(item.gsi2sk.as_deref()?)?;
            let since = item.gsi1sk.as_deref().and_then(keys::row_instant).filter(|_| state.status != Status::Received);
            Some(since.map_or(due, |since| due.max(since)))
        }
    }
}
