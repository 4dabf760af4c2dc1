//! The tables, and what the tenants' settings say.

use shared::domain::{TenantId, TenantState};
use shared::error::{Error, chain};
use shared::store::{Store, TableInspection};

use super::check::PartCheck;
use crate::failure::Failure;
use crate::target::Target;

/// Looks at the tables, their indexes, and the settings of each tenant.
pub(crate) async fn checks(target: &Target) -> Result<Vec<PartCheck>, Failure> {
    let (store, list, keys) = (target.store()?, target.tenant_list()?, target.credentials()?);
    let mut checks = Vec::new();
    let table = store.inspect().await;
    if target.is_account() {
        let has_stream = table.as_ref().is_ok_and(|table| table.has_stream);
        let found = if has_stream { Ok("on") } else { Err("is off: no event leaves the table") };
        checks.push(PartCheck::of("stream of the table", found));
    }
    let mut parts = inspected("table", table);
    parts.extend(inspected("list of tenants", list.inspect().await));
    parts.extend(inspected("table of keys", keys.inspect().await));
    checks.splice(0..0, parts);
    match list.tenants().await {
        Ok(tenants) if tenants.is_empty() => checks.push(PartCheck::failed("tenants", "none is registered")),
        Ok(mut tenants) => {
            tenants.sort();
            for tenant in tenants {
                checks.push(settings(&store, &tenant).await);
            }
        }
        Err(error) => checks.push(PartCheck::failed("tenants", chain(&error))),
    }
    Ok(checks)
}

/// A table and its indexes.
fn inspected(role: &str, found: Result<TableInspection, Error>) -> Vec<PartCheck> {
    let table = match found {
        Ok(table) => table,
        Err(error) => return vec![PartCheck::failed(role, chain(&error))],
    };
    let check = |(at, part): (usize, shared::store::TablePart)| {
        let name = if at == 0 { format!("{role} {}", part.name) } else { format!("index {}", part.name) };
        PartCheck::of(name, part.fault.map_or(Ok("active"), Err))
    };
    table.parts.into_iter().enumerate().map(check).collect()
}

async fn settings(store: &Store, tenant: &TenantId) -> PartCheck {
    let found = match store.latest_settings(tenant).await {
        Ok(Some(settings)) if settings.state == TenantState::Disabled => Ok("disabled".to_owned()),
        Ok(Some(settings)) if settings.products.is_empty() => Ok("may order any product".to_owned()),
        Ok(Some(settings)) => Ok(format!("may order {} products", settings.products.len())),
        Ok(None) => Err("is on the list of tenants and has no settings; `tenant add` registers it".to_owned()),
        Err(error) => Err(format!("its settings cannot be read: {}", chain(&error))),
    };
    PartCheck::of(format!("tenant {tenant}"), found)
}
