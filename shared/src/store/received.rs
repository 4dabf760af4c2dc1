//! The list of received orders, read from the index by status alone.

use jiff::Timestamp;

use super::due::partitions_of;
use super::index::{BY_STATUS, Direction, RowQuery, Rows};
use super::item::{Attributes, name};
use super::keys::Shelf;
use super::{Store, keys};
use crate::domain::{BranchId, OrderId, Status, Tenant};
use crate::error::Error;

const LISTING: &str = "listing received orders";
/// Rows read for one page at most. A branch with few orders among many gets a short page and continues from there.
const ROWS_MAX: usize = 2_000;
/// Rows per query if most of them may be of other branches.
const BRANCH_PAGE: usize = 100;

/// A received order as the index has it.
#[derive(Debug, Clone)]
pub struct ReceivedOrder {
    /// Its id.
    pub id: OrderId,
    /// The label for people.
    pub label: String,
    /// The branch that placed it.
    pub branch: BranchId,
    /// Since when it is RECEIVED.
    pub received_at: Timestamp,
}

/// A page of the list.
#[derive(Debug)]
pub struct ReceivedPage {
    /// The orders, oldest first.
    pub orders: Vec<ReceivedOrder>,
    /// Where the next page starts, if there may be one.
    pub after: Option<String>,
}

/// Which orders to list.
#[derive(Debug)]
pub struct Listing<'a> {
    /// Only of this branch.
    pub branch: Option<&'a BranchId>,
    /// Only orders that were RECEIVED by this instant.
    pub until: Timestamp,
    /// Orders per page at most.
    pub size: usize,
    /// The list continues after this sort key.
    pub after: Option<String>,
    /// Orders that have expired by this instant are left out.
    pub now: Timestamp,
}

impl Store {
    /// Lists received orders, oldest first.
    pub async fn received_orders(&self, tenant: &Tenant, listing: Listing<'_>) -> Result<ReceivedPage, Error> {
        let (start, end) = keys::between(None, Some(listing.until));
        let between = (listing.after.unwrap_or(start), end);
        let partitions = partitions_of(tenant, &Shelf::of_status(Status::Received));
        // One row more than the page shows whether there is another page.
        let page = if listing.branch.is_some() { BRANCH_PAGE } else { listing.size + 1 };
        let query = RowQuery {
            doing: LISTING,
            index: BY_STATUS,
            between,
            direction: Direction::OldestFirst,
            page_size: u32::try_from(page).unwrap_or(u32::MAX),
            rows_max: u32::MAX,
        };
        let mut rows = Rows::new(self, &tenant.id, query, partitions);
        let mut orders = Vec::new();
        let mut last = None;
        for _ in 0..ROWS_MAX {
            let Some((sort_key, row)) = rows.next().await? else { return Ok(ReceivedPage { orders, after: None }) };
            if orders.len() == listing.size {
                return Ok(ReceivedPage { orders, after: last });
            }
            let (order, valid_until) = received_order(&sort_key, &row).ok_or_else(|| rows.unreadable())?;
            if valid_until > listing.now && listing.branch.is_none_or(|branch| *branch == order.branch) {
                orders.push(order);
            }
            last = Some(sort_key);
        }
        Ok(ReceivedPage { orders, after: last })
    }
}

fn received_order(sort_key: &str, row: &Attributes) -> Option<(ReceivedOrder, Timestamp)> {
    let text = |name: &str| row.get(name)?.as_s().ok();
    let valid_until: i64 = row.get(name::VALID_UNTIL)?.as_n().ok()?.parse().ok()?;
    let order = ReceivedOrder {
        id: keys::row_order(sort_key)?,
        label: text(name::LABEL)?.clone(),
        branch: BranchId::parse(text(name::BRANCH)?).ok()?,
        received_at: keys::row_instant(sort_key)?,
    };
    Some((order, Timestamp::from_second(valid_until).ok()?))
}
