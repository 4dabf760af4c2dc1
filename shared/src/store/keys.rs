//! The keys of the table, built from validated types only, none of which can contain `#`.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::domain::{DropName, FileDigest, FileName, KeyId, OrderId, Status, TenantId};
use crate::pgk::BlockKey;

/// Sort key of an item that is alone under its partition key.
pub(super) const ALONE: &str = "#";
/// Sort key of an order's body, if it is an item of its own.
pub(super) const BODY: &str = "B";

/// Sort key of a change that moved out of its order's item, by the version of that item.
pub(super) fn older_change(version: u64) -> String {
    format!("H#{version:010}")
}

pub(super) fn order(tenant: &TenantId, id: &OrderId) -> String {
    format!("T#{tenant}#O#{id}")
}

pub(super) fn file(tenant: &TenantId, name: &FileName) -> String {
    format!("T#{tenant}#F#{name}")
}

/// Among the files: no file name starts with `/`.
pub(super) fn misplaced(tenant: &TenantId, drop: &DropName) -> String {
    format!("T#{tenant}#F#/{}", FileDigest(Sha256::digest(drop.as_str()).into()))
}

/// Ends in the prefix that the block's kits share and the number of digits that follow it.
pub(super) fn kit_block(tenant: &TenantId, key: BlockKey) -> String {
    format!("T#{tenant}#K#{key}")
}

pub(super) fn settings(tenant: &TenantId) -> String {
    format!("T#{tenant}#CFG")
}

/// In the table of keys.
pub(super) fn key(id: &KeyId) -> String {
    format!("K#{id}")
}

/// In the table of keys: the principals of a tenant, which are the sort keys.
pub(super) fn principals(tenant: &TenantId) -> String {
    format!("T#{tenant}")
}

/// A row of an index: partition and sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexKey {
    pub(super) pk: String,
    pub(super) sk: String,
}

/// Parses the sort key of a row: its instant and its order.
pub(super) fn read_row(sort_key: &str) -> Option<(i64, OrderId)> {
    let (at, id) = sort_key.split_once('#')?;
    Some((at.parse().ok()?, OrderId::parse(id).ok()?))
}

/// An order's row in the index by status.
pub(super) fn by_status(tenant: &TenantId, status: Status, shard: u32, since: Timestamp, id: &OrderId) -> IndexKey {
    IndexKey { pk: status_partition(tenant, status, shard), sk: format!("{:013}#{id}", since.as_millisecond()) }
}

/// A shard of the index by status.
pub(super) fn status_partition(tenant: &TenantId, status: Status, shard: u32) -> String {
    format!("T#{tenant}#S#{status}#{shard}")
}

/// A shard of the index by next action.
pub(super) fn due_partition(tenant: &TenantId, shard: u32) -> String {
    format!("T#{tenant}#D#{shard}")
}

/// The sort keys between which the index by status has the rows from `until` or earlier.
pub(super) fn since_until(until: Timestamp) -> (String, String) {
    (String::from("0"), format!("{:013}~", until.as_millisecond()))
}

/// The sort keys between which the index by next action has the rows that are due at `now`.
pub(super) fn due_by(now: Timestamp) -> (String, String) {
    (String::from("0"), format!("{:010}~", now.as_second()))
}

/// An order's row in the index by next action.
pub(super) fn by_due(tenant: &TenantId, shard: u32, next_at: Timestamp, id: &OrderId) -> IndexKey {
    IndexKey { pk: due_partition(tenant, shard), sk: format!("{:010}#{id}", next_at.as_second()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_starts_with_its_tenant() {
        let tenant = TenantId::parse("ACME_BANK").unwrap();
        let id = OrderId::parse("ORD-1").unwrap();
        let name = FileName::parse("kits.txt").unwrap();
        let at: Timestamp = "2026-01-15T10:00:00.123Z".parse().unwrap();
        assert_eq!(order(&tenant, &id), "T#ACME_BANK#O#ORD-1");
        assert_eq!(file(&tenant, &name), "T#ACME_BANK#F#kits.txt");
        let drop = misplaced(&tenant, &DropName::parse("/inbox/kits (1).txt").unwrap());
        let digest = "26d4ddf22eb129ba69ae25b1ef7955a01eb63bf854804f202545d421e73bb08d";
        assert_eq!(drop, format!("T#ACME_BANK#F#/{digest}"));
        assert_eq!(kit_block(&tenant, BlockKey::parse("KIT#1").unwrap()), "T#ACME_BANK#K#KIT#1");
        assert_eq!(settings(&tenant), "T#ACME_BANK#CFG");
        let status = by_status(&tenant, Status::Received, 3, at, &id);
        assert_eq!((status.pk.as_str(), status.sk.as_str()), ("T#ACME_BANK#S#RECEIVED#3", "1768471200123#ORD-1"));
        let due = by_due(&tenant, 7, at, &id);
        assert_eq!((due.pk.as_str(), due.sk.as_str()), ("T#ACME_BANK#D#7", "1768471200#ORD-1"));
        assert_eq!(read_row(&status.sk), Some((1_768_471_200_123, id.clone())));
        assert_eq!(read_row(&due.sk), Some((1_768_471_200, id)));
        assert_eq!(read_row("1768471200"), None);
    }
}
