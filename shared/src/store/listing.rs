//! Pages of orders and files, newest first. The rows of an index say which; what a row shows is read from its item.

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::due::partitions_of;
use super::index::{BY_CREATION, BY_STATUS, Direction, RowQuery, Rows, TableIndex};
use super::item::{ListedFileItem, from_attributes};
use super::keys::Shelf;
use super::{Read, Store, keys, unreadable};
use crate::domain::{BranchId, FileStatus, ListedFile, OrderId, OrderView, Status, Tenant, TenantId};
use crate::error::Error;

const LISTING_ORDERS: &str = "listing orders";
const LISTING_FILES: &str = "listing files";
/// Rows read for one page at most, as a multiple of its size. What a status leaves out makes a page short, even empty; the
/// next one continues from there.
const ROWS_PER_ENTRY_MAX: usize = 10;
/// Items read at a time.
const READ_AT_ONCE: usize = 16;

/// Which orders to list.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    /// Those of a status, by the instant since when they have it.
    Status(Status),
    /// Those of a branch, live and ended, by creation; perhaps of one status only.
    Branch(&'a BranchId, Option<Status>),
}

/// Which orders to list, and which page of them.
#[derive(Debug, Clone)]
pub struct OrderQuery<'a> {
    /// Which orders.
    pub selection: Selection<'a>,
    /// Which page.
    pub range: PageRange,
}

/// Which files to list, and which page of them.
#[derive(Debug, Clone)]
pub struct FileQuery {
    /// Only those of this status.
    pub status: Option<FileStatus>,
    /// Which page.
    pub range: PageRange,
}

/// A page of a list, newest first.
#[derive(Debug, Clone)]
pub struct PageRange {
    /// Nothing before this instant.
    pub from: Option<Timestamp>,
    /// Nothing after this instant.
    pub to: Option<Timestamp>,
    /// Entries per page at most.
    pub size: usize,
    /// The list continues after this sort key.
    pub after: Option<String>,
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// Its entries.
    pub entries: Vec<T>,
    /// Where the next page starts, if there may be one.
    pub after: Option<String>,
}

impl PageRange {
    /// The place of an order in a list, from the instant by which the list is sorted.
    #[must_use]
    pub fn place(at: Timestamp, order: &OrderId) -> String {
        keys::ms_row(at, order)
    }

    /// Reads a place in a list of orders.
    #[must_use]
    pub fn read_place(place: &str) -> Option<(Timestamp, OrderId)> {
        Some((keys::row_instant(place)?, keys::row_order(place)?))
    }
}

impl Store {
    /// Lists orders, as of `now`.
    pub async fn list_orders(
        &self,
        tenant: &Tenant,
        query: OrderQuery<'_>,
        now: Timestamp,
    ) -> Result<Page<OrderView>, Error> {
        let (index, partitions, status) = match query.selection {
            Selection::Status(status) => (BY_STATUS, partitions_of(tenant, &Shelf::of_status(status)), Some(status)),
            Selection::Branch(branch, status) => {
                (BY_CREATION, vec![keys::branch_partition(&tenant.id, branch)], status)
            }
        };
        let rows = self.page_rows(&tenant.id, LISTING_ORDERS, index, partitions, &query.range);
        let read = |key: String| -> Reading<'_, OrderView> {
            Box::pin(async move {
                let Some(id) = keys::row_order(&key) else { return Ok(None) };
                let order = self.order(&tenant.id, &id, now).await?;
                Ok(order.filter(|order| status.is_none_or(|status| order.status == status)))
            })
        };
        page(rows, query.range.size, read).await
    }

    /// Lists files by the instant at which their content came.
    pub async fn list_files(&self, tenant: &TenantId, query: FileQuery) -> Result<Page<ListedFile>, Error> {
        let partitions = vec![keys::files_partition(tenant)];
        let rows = self.page_rows(tenant, LISTING_FILES, BY_CREATION, partitions, &query.range);
        let status = query.status;
        let read = |key: String| -> Reading<'_, ListedFile> {
            Box::pin(async move {
                let Some((_, entry)) = keys::read_row(&key) else { return Ok(None) };
                // A file whose content was replaced has a newer row.
                let file = self.listed_file(tenant, entry).await?.filter(|(row, _)| *row == key);
                let file = file.map(|(_, file)| file);
                Ok(file.filter(|file| status.is_none_or(|status| file.status == status)))
            })
        };
        page(rows, query.range.size, read).await
    }

    /// Reads the file for which an entry stands in an index, with its row in the index by creation.
    pub(super) async fn listed_file(
        &self,
        tenant: &TenantId,
        entry: &str,
    ) -> Result<Option<(String, ListedFile)>, Error> {
        let pk = keys::file_of_entry(tenant, entry);
        let Some(item) = self.of(tenant).await?.get(LISTING_FILES, pk, keys::ALONE, Read::Consistent).await? else {
            return Ok(None);
        };
        let item: ListedFileItem = from_attributes(item).map_err(unreadable(LISTING_FILES))?;
        item.read().map(Some).map_err(unreadable(LISTING_FILES))
    }

    fn page_rows(
        &self,
        tenant: &TenantId,
        doing: &'static str,
        index: TableIndex,
        partitions: Vec<String>,
        range: &PageRange,
    ) -> Rows {
        let (start, end) = keys::between(range.from, range.to);
        let between = (start, range.after.clone().unwrap_or(end));
        // One row more than the page shows whether there is another page. Of several partitions each has its share of it.
        let page_size = match partitions.len() {
            0 | 1 => range.size + 1,
            several => range.size * 2 / several + 2,
        };
        let page_size = u32::try_from(page_size).unwrap_or(u32::MAX);
        let direction = Direction::NewestFirst;
        Rows::new(
            self,
            tenant,
            RowQuery { doing, index, between, direction, page_size, rows_max: u32::MAX },
            partitions,
        )
    }
}

/// The item of a row being read; `None`: it does not belong to the list.
type Reading<'a, T> = BoxFuture<'a, Result<Option<T>, Error>>;

/// Reads row after row until the page is full.
async fn page<'a, T>(mut rows: Rows, size: usize, read: impl Fn(String) -> Reading<'a, T>) -> Result<Page<T>, Error> {
    let (mut entries, mut last, mut rows_left) = (Vec::new(), None, size * ROWS_PER_ENTRY_MAX);
    loop {
        let wanted = rows_left.min(size - entries.len());
        if wanted == 0 {
            let has_more = rows.next().await?.is_some();
            return Ok(Page { entries, after: last.filter(|_| has_more) });
        }
        let mut keys = Vec::with_capacity(wanted);
        while keys.len() < wanted
            && let Some((key, _)) = rows.next().await?
        {
            keys.push(key);
        }
        let Some(key) = keys.last() else { return Ok(Page { entries, after: None }) };
        (last, rows_left) = (Some(key.clone()), rows_left - keys.len());
        let mut found = futures_util::stream::iter(keys).map(&read).buffered(READ_AT_ONCE);
        while let Some(entry) = found.try_next().await? {
            entries.extend(entry);
        }
    }
}
