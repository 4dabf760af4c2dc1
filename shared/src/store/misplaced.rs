//! Drops that no rule takes, beside the files that they might have become.

use aws_sdk_dynamodb::types::Put;

use super::item::{MisplacedItem, from_attributes, name, to_attributes};
use super::write::{Write, commit};
use super::{Read, Store, keys, new_attempt, text, unbuilt, unreadable};
use crate::domain::{DropName, MisplacedDrop, TenantId};
use crate::error::Error;

const NOTING: &str = "noting a drop that was not taken";
const READING: &str = "reading a drop that was not taken";

impl Store {
    /// Notes a drop. Of the events of one key the last one counts.
    pub async fn note_misplaced(&self, tenant: &TenantId, drop: &MisplacedDrop) -> Result<(), Error> {
        let item = MisplacedItem::new(keys::misplaced(tenant, &drop.name), drop);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(to_attributes(&item).map_err(unreadable(NOTING))?))
            .condition_expression(format!("attribute_not_exists({}) OR {} < :sequencer", name::PK, name::SEQUENCER))
            .expression_attribute_values(":sequencer", text(drop.sequencer.as_str()))
            .build()
            .map_err(unbuilt(NOTING))?;
        // A refusal means that it was noted before.
        commit(&self.client, NOTING, &[Write::Put(put)], &new_attempt()).await.map(|_| ())
    }

    /// Reads what is known of a drop.
    pub async fn misplaced(&self, tenant: &TenantId, drop: &DropName) -> Result<Option<MisplacedDrop>, Error> {
        let item = self.get(READING, keys::misplaced(tenant, drop), keys::ALONE, Read::Consistent).await?;
        item.map(|item| from_attributes::<MisplacedItem>(item).map(MisplacedDrop::from).map_err(unreadable(READING)))
            .transpose()
    }
}
