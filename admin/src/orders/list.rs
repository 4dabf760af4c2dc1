//! `orders list`.

use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use shared::api::OrderRow;
use shared::domain::{BranchId, OrderView, Status, Tenant};
use shared::store::{CreationRange, OrderQuery, PageRange, Selection, Store};

use super::place::Place;
use super::walk::Walk;
use super::{OrderListArguments, find_tenant, range};
use crate::context::{Context, note};
use crate::failure::Failure;
use crate::output::Row;

const PAGE_MAX: usize = 100;
const READ_AT_ONCE: usize = 16;

/// What was found, and where the list goes on, if it does.
type Listed = (Vec<OrderView>, Option<Place>);

/// Which orders, and how many.
struct Wanted {
    status: Option<Status>,
    branch: Option<BranchId>,
    range: CreationRange,
    limit: usize,
    after: Option<Place>,
}

pub(crate) async fn run(context: &Context, store: &Store, arguments: OrderListArguments) -> Result<(), Failure> {
    let OrderListArguments { tenant, status, branch, from, to, limit, from_token } = arguments;
    let tenant = find_tenant(store, tenant).await?;
    let range = range(&tenant, from, to)?;
    let wanted = Wanted { status, branch, range, limit: limit.into(), after: from_token };
    let walks = wanted.branch.is_none() && matches!(status, None | Some(Status::Success | Status::Cancelled));
    if wanted.after.as_ref().is_some_and(|place| place.tenant != tenant.id || place.branch.is_some() != walks) {
        return Err(Failure::Usage("--from-token belongs to another list".to_owned()));
    }
    let now = context.clock.now();
    let (orders, next) = if walks {
        branch_by_branch(store, &tenant, wanted, now).await?
    } else {
        newest_first(store, &tenant, wanted, now).await?
    };
    context.show(orders.into_iter().map(OrderRow::from).collect::<Vec<_>>().as_slice())?;
    next.map_or(Ok(()), |place| note(&format!("there may be more: --from-token {place}")))
}

/// Lists as the API does.
async fn newest_first(store: &Store, tenant: &Tenant, wanted: Wanted, now: Timestamp) -> Result<Listed, Failure> {
    let selection = match (&wanted.branch, wanted.status) {
        (Some(branch), status) => Selection::Branch(branch, status),
        (None, Some(status)) => Selection::Status(status),
        (None, None) => return Err(Failure::Usage("--branch or --status is required".to_owned())),
    };
    let mut after = wanted.after.map(|place| PageRange::place(place.at, &place.order));
    let mut orders = Vec::new();
    loop {
        let size = PAGE_MAX.min(wanted.limit - orders.len());
        let range = PageRange { from: wanted.range.from, to: wanted.range.to, size, after };
        let page = store.list_orders(tenant, OrderQuery { selection, range }, now).await?;
        orders.extend(page.entries);
        after = page.after;
        if after.is_none() || orders.len() >= wanted.limit {
            let place = after.as_deref().and_then(PageRange::read_place);
            let place = place.map(|(at, order)| Place { tenant: tenant.id.clone(), branch: None, at, order });
            return Ok((orders, place));
        }
    }
}

/// Lists by creation; only those of a status, if one is given.
async fn branch_by_branch(store: &Store, tenant: &Tenant, wanted: Wanted, now: Timestamp) -> Result<Listed, Failure> {
    let mut walk = Walk::start(store, tenant, wanted.range, wanted.after).await?;
    let (mut orders, mut place) = (Vec::new(), None);
    while orders.len() < wanted.limit {
        let (Some(branch), ids) = walk.next(wanted.limit - orders.len()).await? else { return Ok((orders, None)) };
        let read = |id| async move { store.order(&tenant.id, &id, now).await };
        let mut found = futures_util::stream::iter(ids).map(read).buffered(READ_AT_ONCE);
        while let Some(order) = found.try_next().await? {
            let Some(order) = order else { continue };
            let (at, id) = (order.received_at, order.id.clone());
            place = Some(Place { tenant: tenant.id.clone(), branch: Some(branch.clone()), at, order: id });
            if wanted.status.is_none_or(|status| order.status == status) {
                orders.push(order);
            }
        }
    }
    Ok((orders, place))
}

impl Row for OrderRow {
    const COLUMNS: &'static [&'static str] = &["ORDER", "BRANCH", "STATUS", "CREATED", "SINCE", "CARDS", "NOTE"];

    fn cells(&self) -> Vec<String> {
        let hold = self.on_hold.then(|| "on hold".to_owned());
        let approval = self.approval.map(|approval| format!("approval {}", approval.as_str().to_lowercase()));
        vec![
            self.card_order_id.clone(),
            self.branch_id.clone(),
            self.status.as_str().to_owned(),
            self.received_at.clone(),
            self.status_since.clone(),
            self.quantity.to_string(),
            hold.into_iter().chain(approval).collect::<Vec<_>>().join(", "),
        ]
    }
}
