//! Places an order.

use super::context::Orders;
use crate::call::{Call, note_change, note_order};
use crate::domain::{ContentHash, FileName, FilePin, FileStatus, NewOrder, OrderId, Refusal, Status};
use crate::error::{Error, FileProblem};
use crate::store::{CreateOutcome, NewItem};

/// How often a file that changed between being read and being taken is read again.
const FILE_ROUNDS_MAX: u32 = 4;

/// A placed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Its id.
    pub id: OrderId,
    /// Whether it had been placed before, by the same request.
    pub is_replay: bool,
}

impl Orders {
    /// Places an order: with its file, if it names one. The same order again is the same success again, whatever has become
    /// of the order, the time, or the tenant's settings since.
    pub async fn place(&self, call: &Call, order: Result<NewOrder, Refusal>) -> Result<PlacedOrder, Error> {
        let order = match order {
            Ok(order) => order,
            // The clock or the tenant's settings refuse it now; it may have been placed before they changed.
            Err(Refusal { faults, otherwise: Some((id, content)) }) => {
                return self.placed_or(call, &id, content, Err(Error::Invalid(faults))).await;
            }
            Err(Refusal { faults, otherwise: None }) => return Err(Error::Invalid(faults)),
        };
        note_order(&order.id);
        if let Some(name) = &order.file {
            return self.place_with_file(call, &order, name).await;
        }
        if call.is_dry_run {
            return self.placed_or(call, &order.id, order.content, Ok(())).await;
        }
        let placed = self.write(call, &order, None).await?;
        placed.ok_or_else(|| Error::Internal {
            doing: "placing an order",
            source: "it has no file that could change".into(),
        })
    }

    async fn place_with_file(&self, call: &Call, order: &NewOrder, name: &FileName) -> Result<PlacedOrder, Error> {
        for _ in 0..FILE_ROUNDS_MAX {
            let pin = match self.pin_file(call, order, name).await {
                Ok(pin) if !call.is_dry_run => pin,
                // A file that no longer fits does not refuse an order that was placed when it did.
                other => return self.placed_or(call, &order.id, order.content, other.map(|_| ())).await,
            };
            if let Some(placed) = self.write(call, order, Some(&pin)).await? {
                return Ok(placed);
            }
        }
        Err(Error::Unavailable { doing: "placing an order", source: "its file kept changing".into() })
    }

    /// What placing an order would answer, without writing anything; `verdict` is on an order that was not placed before.
    async fn placed_or(
        &self,
        call: &Call,
        id: &OrderId,
        content: ContentHash,
        verdict: Result<(), Error>,
    ) -> Result<PlacedOrder, Error> {
        let is_replay = match self.store.order(&call.tenant.id, id, call.now).await? {
            Some(placed) if placed.content == content => true,
            Some(_) => return Err(Error::DuplicateOrder),
            None => verdict.map(|()| false)?,
        };
        Ok(PlacedOrder { id: id.clone(), is_replay })
    }

    /// Writes an order. Returns `None` if its file changed since it was read and must be read again.
    async fn write(&self, call: &Call, order: &NewOrder, file: Option<&FilePin>) -> Result<Option<PlacedOrder>, Error> {
        let change = call.change(None, Status::Received, call.now);
        let placed = self.store.create_order(&NewItem { tenant: &call.tenant, order, file, change: &change }).await;
        let placed = placed.map_err(|error| match error {
            Error::Unavailable { doing, source } => Error::Unsettled { order: order.id.clone(), doing, source },
            other => other,
        })?;
        let is_replay = match placed {
            CreateOutcome::New => {
                note_change(None, Status::Received);
                false
            }
            CreateOutcome::Replay => true,
            CreateOutcome::OtherContent => return Err(Error::DuplicateOrder),
            CreateOutcome::FileChanged => return Ok(None),
        };
        Ok(Some(PlacedOrder { id: order.id.clone(), is_replay }))
    }

    /// The file of an order, if it can serve it.
    async fn pin_file(&self, call: &Call, order: &NewOrder, name: &FileName) -> Result<FilePin, Error> {
        let file = self.store.file(&call.tenant.id, name).await?.ok_or(Error::FileUnusable(FileProblem::Missing))?;
        if file.status != FileStatus::Valid {
            return Err(Error::FileUnusable(FileProblem::NotValid));
        }
        if file.used_by.is_some() {
            return Err(Error::FileUnusable(FileProblem::Used));
        }
        let differences = order.lines.differences(&file.groups);
        if !differences.is_empty() {
            return Err(Error::FileMismatch(differences));
        }
        let digest = file.digest.ok_or(Error::FileUnusable(FileProblem::NotValid))?;
        Ok(FilePin { name: file.name, object: file.object, digest })
    }
}
