//! Drops that match no rule, stored among the files.

use super::expression::{Condition, NO_ITEM, Write, below};
use super::item::{MisplacedItem, from_attributes, name};
use super::{Read, Store, keys, new_attempt, text, unreadable};
use crate::domain::{DropName, MisplacedDrop, TenantId};
use crate::error::Error;

const NOTING: &str = "recording a misplaced drop";
const READING: &str = "reading a misplaced drop";

impl Store {
    /// Records a drop. The latest event of a key wins.
    pub async fn note_misplaced(&self, tenant: &TenantId, drop: &MisplacedDrop) -> Result<(), Error> {
        let item = MisplacedItem::new(keys::misplaced(tenant, &drop.name), drop);
        let newer = Condition::Any(vec![NO_ITEM, below(name::SEQUENCER, text(drop.sequencer.as_str()))]);
        let put = Write::put_if(NOTING, &item, newer)?;
        // A refusal means that this event or a later one was recorded before.
        self.commit(NOTING, [put], &new_attempt()).await.map(|_| ())
    }

    /// Reads what is known of a drop.
    pub async fn misplaced(&self, tenant: &TenantId, drop: &DropName) -> Result<Option<MisplacedDrop>, Error> {
        let item = self.get(READING, keys::misplaced(tenant, drop), keys::ALONE, Read::Consistent).await?;
        item.map(|item| from_attributes::<MisplacedItem>(item).map(MisplacedDrop::from).map_err(unreadable(READING)))
            .transpose()
    }
}
