//! The ends of an order that was never handed over: cancelled by its branch, or expired. A file that it took is freed.

use jiff::Timestamp;

use super::super::item::{Attributes, OrderItem, from_attributes, name};
use super::super::update::ItemUpdate;
use super::super::write::{Old, Outcome, Write, commit};
use super::super::{Read, Store, keys, new_attempt, number, text, unreadable};
use super::{READING, effective_status};
use crate::domain::{BranchId, Change, FileName, OrderId, Status, TenantId};
use crate::error::Error;

const ENDING: &str = "ending an order that was not handed over";

/// Why an order ends before it was handed over.
#[derive(Debug, Clone, Copy)]
pub enum Withdrawal<'a> {
    /// This branch, which must have placed it, calls it back.
    ByBranch(&'a BranchId),
    /// It is past its validity.
    ByTime,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsent {
    /// The order has ended.
    Done,
    /// There is no such order for this branch.
    NotFound,
    /// The order is in a state in which it cannot end this way.
    Refused(Status),
}

enum Verdict {
    Answer(Unsent),
    /// It could end, were it not for the file.
    HasFile(FileName),
}

impl Store {
    /// Ends an order that is RECEIVED: by its branch as long as it is valid, by time from then on.
    pub async fn withdraw_order(
        &self,
        tenant: &TenantId,
        id: &OrderId,
        withdrawal: Withdrawal<'_>,
        change: &Change,
    ) -> Result<Unsent, Error> {
        let attempt = new_attempt();
        // Most orders have no file, and one write does; the item that refuses it tells of a file.
        let alone = self.withdraw(tenant, id, withdrawal, change, None, &attempt)?;
        let mut outcome = commit(&self.client, ENDING, &[alone], &attempt).await?;
        let Some(Old(old)) = outcome.take_refused(0) else { return Ok(Unsent::Done) };
        let file = match judge(old, &attempt, withdrawal, change.at)? {
            Verdict::Answer(answer) => return Ok(answer),
            Verdict::HasFile(file) => file,
        };
        let attempt = new_attempt();
        let writes = [
            self.withdraw(tenant, id, withdrawal, change, Some(&file), &attempt)?,
            self.free_file(tenant, &file, id, &attempt)?,
        ];
        let mut outcome = commit(&self.client, ENDING, &writes, &attempt).await?;
        match (outcome.take_refused(0), outcome) {
            (None, Outcome::Written) => Ok(Unsent::Done),
            (Some(Old(old)), _) => match judge(old, &attempt, withdrawal, change.at)? {
                Verdict::Answer(answer) => Ok(answer),
                Verdict::HasFile(_) => Err(broken_link()),
            },
            (None, Outcome::Refused(_)) => Err(broken_link()),
        }
    }

    /// What cancelling an order would answer, with nothing written.
    pub async fn can_cancel_order(
        &self,
        tenant: &TenantId,
        id: &OrderId,
        branch: &BranchId,
        now: Timestamp,
    ) -> Result<Unsent, Error> {
        let item = self.get(READING, keys::order(tenant, id), keys::ALONE, Read::Consistent).await?;
        let Some(item) = item else { return Ok(Unsent::NotFound) };
        let item: OrderItem = from_attributes(item).map_err(unreadable(READING))?;
        let status = effective_status(&item, now).map_err(unreadable(READING))?;
        Ok(match status {
            _ if item.branch != *branch => Unsent::NotFound,
            Status::Received => Unsent::Done,
            status => Unsent::Refused(status),
        })
    }

    fn withdraw(
        &self,
        tenant: &TenantId,
        id: &OrderId,
        withdrawal: Withdrawal<'_>,
        change: &Change,
        file: Option<&FileName>,
        attempt: &str,
    ) -> Result<Write, Error> {
        let update = ItemUpdate::marked(attempt)
            .set(name::STATUS, text(change.to.as_str()))
            .appended(tenant, id, change)?
            .out_of_the_indexes()
            .when_with(format!("{} = :received", name::STATUS), ":received", text(Status::Received.as_str()));
        let update = match file {
            None => update.when(format!("attribute_not_exists({})", name::FILE)),
            Some(file) => update.when_with(format!("{} = :file", name::FILE), ":file", text(file.as_str())),
        };
        let now = number(change.at.as_second());
        let update = match withdrawal {
            Withdrawal::ByBranch(branch) => update
                .when_with(format!("{} = :branch", name::BRANCH), ":branch", text(branch.as_str()))
                .when_with(format!("{} > :now", name::VALID_UNTIL), ":now", now),
            Withdrawal::ByTime => update.when_with(format!("{} <= :now", name::VALID_UNTIL), ":now", now),
        };
        update.of(ENDING, &self.table, keys::order(tenant, id), keys::ALONE).map(Write::Update)
    }
}

/// Why it was refused.
fn judge(old: Option<Attributes>, attempt: &str, withdrawal: Withdrawal<'_>, now: Timestamp) -> Result<Verdict, Error> {
    let Some(old) = old else { return Ok(Verdict::Answer(Unsent::NotFound)) };
    let old: OrderItem = from_attributes(old).map_err(unreadable(ENDING))?;
    let effective = effective_status(&old, now).map_err(unreadable(ENDING))?;
    let (is_theirs, is_open) = match withdrawal {
        Withdrawal::ByBranch(branch) => (old.branch == *branch, effective == Status::Received),
        Withdrawal::ByTime => (true, old.status == Status::Received && effective == Status::Expired),
    };
    Ok(match old.file {
        _ if !is_theirs => Verdict::Answer(Unsent::NotFound),
        // Our own first attempt had won; its answer was lost.
        _ if old.attempt == attempt => Verdict::Answer(Unsent::Done),
        Some(file) if is_open => Verdict::HasFile(file),
        _ => Verdict::Answer(Unsent::Refused(effective)),
    })
}

fn broken_link() -> Error {
    Error::Internal { doing: ENDING, source: "the file that the order names does not serve this order".into() }
}
