//! Drops that match no rule, stored among the files.

use jiff::Timestamp;

use super::expression::{Condition, ItemUpdate, NO_ITEM, Write, below};
use super::item::{MisplacedItem, from_attributes, name};
use super::{Read, Store, keys, new_attempt, text, unreadable};
use crate::domain::{DropName, MisplacedDrop, TenantId};
use crate::error::Error;

const NOTING: &str = "recording a misplaced drop";
const READING: &str = "reading a misplaced drop";

impl Store {
    /// Records a drop. The latest event of a key wins.
    pub async fn note_misplaced(&self, tenant: &TenantId, drop: &MisplacedDrop, now: Timestamp) -> Result<(), Error> {
        let newer = Condition::Any(vec![NO_ITEM, below(name::SEQUENCER, text(drop.sequencer.as_str()))]);
        let item = MisplacedItem::new(tenant, drop, now);
        let update = ItemUpdate::of(keys::misplaced(tenant, &drop.name)).set_all(NOTING, &item)?.when(newer);
        // A refusal means that this event or a later one was recorded before.
        self.of(tenant).await?.commit(NOTING, [Write::Update(update)], &new_attempt()).await.map(|_| ())
    }

    /// Reads what is known of a drop.
    pub async fn misplaced(&self, tenant: &TenantId, drop: &DropName) -> Result<Option<MisplacedDrop>, Error> {
        let item =
            self.of(tenant).await?.get(READING, keys::misplaced(tenant, drop), keys::ALONE, Read::Consistent).await?;
        let drop = |item| from_attributes::<MisplacedItem>(item).and_then(MisplacedDrop::try_from);
        item.map(drop).transpose().map_err(unreadable(READING))
    }
}
