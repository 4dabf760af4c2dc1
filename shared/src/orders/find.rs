//! Finds orders: one by its id, a page of them, and those that need attention.

use super::context::Orders;
use crate::call::{Call, note_order};
use crate::domain::{Change, OrderBody, OrderId, OrderView, Sensitive};
use crate::error::Error;
use crate::store::{Listing, OrderQuery, Page, ReceivedPage};

impl Orders {
    /// Returns where an order stands.
    pub async fn find(&self, call: &Call, id: &OrderId) -> Result<OrderView, Error> {
        note_order(id);
        self.store.order(&call.tenant.id, id, call.now).await?.ok_or(Error::OrderNotFound)
    }

    /// Returns an order with everything that was asked for.
    pub async fn find_whole(&self, call: &Call, id: &OrderId) -> Result<(OrderView, Sensitive<OrderBody>), Error> {
        note_order(id);
        self.store.whole_order(&call.tenant.id, id, call.now).await?.ok_or(Error::OrderNotFound)
    }

    /// Returns what has happened to an order, oldest first.
    pub async fn history(&self, call: &Call, id: &OrderId) -> Result<Vec<Change>, Error> {
        note_order(id);
        self.store.history(&call.tenant.id, id).await?.ok_or(Error::OrderNotFound)
    }

    /// Lists the orders with status RECEIVED, oldest first.
    pub async fn received(&self, call: &Call, listing: Listing<'_>) -> Result<ReceivedPage, Error> {
        self.store.received_orders(&call.tenant, listing).await
    }

    /// Lists orders of a status or of a branch, newest first.
    pub async fn list(&self, call: &Call, query: OrderQuery<'_>) -> Result<Page<OrderView>, Error> {
        self.store.list_orders(&call.tenant, query, call.now).await
    }
}
