//! Use cases that concern orders.

use jiff::Timestamp;

use crate::domain::{Change, Faults, FileName, FilePin, FileStatus, NewOrder, OrderId, Refusal, Status, Tenant};
use crate::error::{Error, FileProblem};
use crate::store::{NewItem, Placed, Store};

/// How often a file that changed between its reading and its taking is read again.
const FILE_ROUNDS_MAX: u32 = 4;

/// Who asks, when, and whether in earnest.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function that was called.
    pub actor: &'static str,
    /// The id of the request.
    pub request_id: String,
    /// The instant of the call.
    pub now: Timestamp,
    /// Whether everything is done but to store.
    pub is_dry_run: bool,
}

impl Call {
    /// A change of status that this call makes.
    #[must_use]
    pub fn change(&self, from: Option<Status>, to: Status) -> Change {
        Change { from, to, at: self.now, actor: self.actor.into(), request_id: self.request_id.clone() }
    }
}

/// An order that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Its id.
    pub id: OrderId,
    /// Whether it had been placed before, by the same request.
    pub is_replay: bool,
}

/// Tells the log that an order has changed. On AWS the table's stream tells it to the bus as well, by an event of this name.
pub fn tell_change(order: &OrderId, from: Option<Status>, to: Status) {
    let from = from.map_or("NONE", Status::as_str);
    tracing::info!(order.id = %order, from, to = to.as_str(), "CardOrderStatusChanged");
}

/// Places an order: with its file, if it names one. The same order again is the same success again, whatever has become
/// of the order, the time, or the tenant's settings since.
pub async fn place(
    store: &Store,
    tenant: &Tenant,
    order: Result<NewOrder, Refusal>,
    call: &Call,
) -> Result<PlacedOrder, Error> {
    let order = match order {
        Ok(order) => order,
        Err(refusal) => return refused_or_placed(store, tenant, refusal, call).await,
    };
    tracing::Span::current().record("order.id", order.id.as_str());
    if let Some(name) = &order.file {
        return place_with_file(store, tenant, &order, name, call).await;
    }
    if call.is_dry_run {
        return rehearse(store, tenant, &order, Ok(()), call).await;
    }
    let placed = write(store, tenant, &order, None, call).await?;
    placed
        .ok_or_else(|| Error::Internal { doing: "placing an order", source: "it has no file that could change".into() })
}

/// An order that the clock or the tenant's settings refuse now may have been placed before they changed.
async fn refused_or_placed(
    store: &Store,
    tenant: &Tenant,
    refusal: Refusal,
    call: &Call,
) -> Result<PlacedOrder, Error> {
    let Some((id, content)) = refusal.otherwise else { return Err(Error::Invalid(refusal.faults)) };
    match store.order(&tenant.id, &id, call.now).await? {
        Some(placed) if placed.content == content => Ok(PlacedOrder { id, is_replay: true }),
        _ => Err(Error::Invalid(refusal.faults)),
    }
}

async fn place_with_file(
    store: &Store,
    tenant: &Tenant,
    order: &NewOrder,
    name: &FileName,
    call: &Call,
) -> Result<PlacedOrder, Error> {
    for _ in 0..FILE_ROUNDS_MAX {
        let pin = match pin_file(store, tenant, order, name).await {
            Ok(pin) if !call.is_dry_run => pin,
            // A file that does not fit any more says nothing of an order that was placed when it did.
            other => return rehearse(store, tenant, order, other.map(|_| ()), call).await,
        };
        if let Some(placed) = write(store, tenant, order, Some(&pin), call).await? {
            return Ok(placed);
        }
    }
    Err(Error::Unavailable { doing: "placing an order", source: "its file kept changing".into() })
}

/// What placing an order would answer, with nothing written.
async fn rehearse(
    store: &Store,
    tenant: &Tenant,
    order: &NewOrder,
    verdict: Result<(), Error>,
    call: &Call,
) -> Result<PlacedOrder, Error> {
    match store.order(&tenant.id, &order.id, call.now).await? {
        Some(placed) if placed.content == order.content => Ok(PlacedOrder { id: order.id.clone(), is_replay: true }),
        Some(_) => Err(Error::DuplicateOrder),
        None => verdict.map(|()| PlacedOrder { id: order.id.clone(), is_replay: false }),
    }
}

/// Writes an order; `None`: its file is no longer what it was when it was read, and must be read again.
async fn write(
    store: &Store,
    tenant: &Tenant,
    order: &NewOrder,
    file: Option<&FilePin>,
    call: &Call,
) -> Result<Option<PlacedOrder>, Error> {
    let change = call.change(None, Status::Received);
    let placed = store.create_order(&NewItem { tenant, order, file, change: &change }).await;
    let placed = placed.map_err(|error| match error {
        Error::Unavailable { doing, source } => Error::Unsettled { order: order.id.clone(), doing, source },
        other => other,
    })?;
    let is_replay = match placed {
        Placed::New => {
            tell_change(&order.id, None, Status::Received);
            false
        }
        Placed::Replay => true,
        Placed::OtherContent => return Err(Error::DuplicateOrder),
        Placed::FileChanged => return Ok(None),
    };
    Ok(Some(PlacedOrder { id: order.id.clone(), is_replay }))
}

/// The file of an order, if it can serve it.
async fn pin_file(store: &Store, tenant: &Tenant, order: &NewOrder, name: &FileName) -> Result<FilePin, Error> {
    let file = store.file(&tenant.id, name).await?.ok_or(Error::FileUnusable(FileProblem::Missing))?;
    if file.status != FileStatus::Valid {
        return Err(Error::FileUnusable(FileProblem::NotValid));
    }
    if file.used_by.is_some() {
        return Err(Error::FileUnusable(FileProblem::Used));
    }
    let mut faults = Faults::default();
    for difference in order.lines.differences(&file.groups) {
        faults.push(difference);
    }
    if !faults.is_empty() {
        return Err(Error::FileMismatch(faults));
    }
    let digest = file.digest.ok_or(Error::FileUnusable(FileProblem::NotValid))?;
    Ok(FilePin { name: file.name, object: file.object, digest })
}
