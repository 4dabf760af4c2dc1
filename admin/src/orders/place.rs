//! The place in a list of orders after which it goes on: a token that people copy from standard error.

use std::fmt;

use jiff::Timestamp;
use shared::domain::{BranchId, OrderId, RuleError, TenantId};

const RULE: RuleError = RuleError("must be a token that an earlier call printed");

/// An order in a list of a tenant's orders: `<tenant>.<branch>.<instant in ms>.<order id>`. No part can contain a dot. The
/// branch is empty in a list that does not go branch by branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tenant: TenantId,
    pub(crate) branch: Option<BranchId>,
    pub(crate) at: Timestamp,
    pub(crate) order: OrderId,
}

impl Place {
    /// Parses and validates.
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        Self::read(text).ok_or(RULE)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (tenant, branch, at, order) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let branch = if branch.is_empty() { None } else { Some(BranchId::parse(branch).ok()?) };
        let (tenant, order) = (TenantId::parse(tenant).ok()?, OrderId::parse(order).ok()?);
        let at = Timestamp::from_millisecond(at.parse().ok()?).ok()?;
        parts.next().is_none().then_some(Self { tenant, branch, at, order })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let branch = self.branch.as_ref().map_or("", |branch| branch.as_str());
        write!(f, "{}.{branch}.{}.{}", self.tenant, self.at.as_millisecond(), self.order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for text in ["ACME_BANK.12345.1768471200123.ORD-1", "ACME_BANK..1768471200123.ORD-1"] {
            assert_eq!(Place::parse(text).unwrap().to_string(), text);
        }
        for text in
            ["", "...", "ACME_BANK.12345.now.ORD-1", "ACME_BANK.12345.1.ORD-1.x", "A#.1.1.O", "A.1.99999999999999999.O"]
        {
            assert!(Place::parse(text).is_err(), "{text}");
        }
    }
}
