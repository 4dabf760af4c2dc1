//! What the checks of a record depend on besides the record.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::TenantId;

/// What the kits of a file refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefType {
    DcKit,
    ParentKit,
}

/// What the checks of a record depend on besides the record.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) tenant: TenantId,
    pub(super) now: Timestamp,
    /// The number of months since the year 2000.
    pub(super) this_month: i32,
    /// The header's reference type; `None` if it is missing or invalid.
    pub(super) ref_type: Option<RefType>,
}

impl Rules {
    pub(super) fn new(tenant: TenantId, now: Timestamp) -> Self {
        let today = TimeZone::UTC.to_datetime(now);
        let this_month = (i32::from(today.year()) - 2000) * 12 + i32::from(today.month());
        Self { tenant, now, this_month, ref_type: None }
    }
}
