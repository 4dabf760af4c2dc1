//! Looks up files, drops that were not accepted, and kits.

use crate::call::Call;
use crate::domain::{DropName, FileName, FileStatus, KitFile, ListedFile, MisplacedDrop, OrderId, OrderView};
use crate::error::Error;
use crate::pgk::KitNo;
use crate::store::{FileQuery, Page, Store};

/// Where a kit is used.
#[derive(Debug)]
pub struct Whereabouts {
    /// The file that has it, or claims it and is being validated.
    pub file: KitFile,
    /// The order that the file supplies; the order itself is `None` once it has been removed because of its age.
    pub order: Option<(OrderId, Option<OrderView>)>,
}

/// Looks up the files and kits of all tenants.
#[derive(Debug, Clone)]
pub struct FileSearch {
    store: Store,
}

impl FileSearch {
    /// A search in a table.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Returns a file.
    pub async fn find(&self, call: &Call, name: &FileName) -> Result<Option<KitFile>, Error> {
        self.store.file(&call.tenant.id, name).await
    }

    /// Returns a drop that no rule accepts.
    pub async fn find_misplaced(&self, call: &Call, name: &DropName) -> Result<Option<MisplacedDrop>, Error> {
        self.store.misplaced(&call.tenant.id, name).await
    }

    /// Lists files, newest first.
    pub async fn list(&self, call: &Call, query: FileQuery) -> Result<Page<ListedFile>, Error> {
        self.store.list_files(&call.tenant.id, query).await
    }

    /// Finds a kit by one read each of its block, its file and the file's order.
    pub async fn find_kit(&self, call: &Call, kit: KitNo) -> Result<Whereabouts, Error> {
        let (store, tenant) = (&self.store, &call.tenant.id);
        let block = store.kit_block(tenant, kit.block()).await?;
        let claim =
            block.claims.into_iter().find(|claim| claim.slots.contains(kit.slot())).ok_or(Error::KitNotFound)?;
        let file = store.file(tenant, &claim.file).await?;
        let file = file.filter(|file| {
            file.upload == claim.upload && file.losses == claim.epoch && file.status != FileStatus::Invalid
        });
        let file = file.ok_or(Error::KitNotFound)?;
        let order = match file.used_by.clone() {
            Some(id) => {
                let order = store.order(tenant, &id, call.now).await?;
                Some((id, order))
            }
            None => None,
        };
        Ok(Whereabouts { file, order })
    }
}
