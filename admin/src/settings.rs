//! Writes changes of tenants' settings.

use shared::domain::{SettingsChange, TenantId};
use shared::store::ChangeOutcome;

use crate::context::Context;
use crate::failure::Failure;

pub(crate) const NOT_REGISTERED: &str = "the tenant is not registered";

/// Changes a tenant's settings.
pub(crate) async fn write_change(context: &Context, tenant: &TenantId, change: &SettingsChange) -> Result<(), Failure> {
    match context.target.store()?.change_settings(tenant, change).await? {
        ChangeOutcome::Changed => Ok(()),
        ChangeOutcome::NotRegistered => Err(Failure::NotFound(NOT_REGISTERED)),
        ChangeOutcome::WouldLoseRows => Err(Failure::Refused(
            "the number of partitions can only be raised: orders in the removed ones would be lost",
        )),
    }
}
