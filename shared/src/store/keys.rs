//! The keys of the table, built from validated types only, none of which can contain `#`.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::domain::{BranchId, DropName, FileDigest, FileName, KeyId, OrderId, SENT_OFTEN, Status, TenantId};
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

/// In the table of keys: the key of a tenant's usage plan.
pub(super) fn plan_key(tenant: &TenantId) -> String {
    format!("T#{tenant}#P")
}

/// What stands for a file in an index: its name, or that of a misplaced drop, hashed.
pub(super) fn file_entry(pk: &str) -> Option<&str> {
    pk.splitn(4, '#').nth(3)
}

/// The key of the file item that a row of an index stands for.
pub(super) fn file_of_entry(tenant: &TenantId, entry: &str) -> String {
    format!("T#{tenant}#F#{entry}")
}

/// A row of an index: partition and sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexKey {
    pub(super) pk: String,
    pub(super) sk: String,
}

/// A partition of the index by status. What needs somebody's attention has a partition of its own, so that it is found
/// without reading the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shelf {
    /// Orders of a status, but those in the next two.
    Of(Status),
    /// PENDING orders on hold.
    Hold,
    /// RECEIVED orders that await approval.
    Approval,
    /// INVALID files.
    InvalidFile,
}

impl Shelf {
    /// The partitions in which orders of a status stand. An approval or a hold moves an order from the first to the second, so
    /// that whoever reads them in this order misses none.
    pub(super) fn of_status(status: Status) -> Vec<Self> {
        match status {
            Status::Received => vec![Self::Approval, Self::Of(status)],
            Status::Pending => vec![Self::Of(status), Self::Hold],
            _ => vec![Self::Of(status)],
        }
    }
}

impl fmt::Display for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(status) => status.fmt(f),
            Self::Hold => f.write_str("HOLD"),
            Self::Approval => f.write_str("APPROVAL"),
            Self::InvalidFile => f.write_str("INVALID_FILE"),
        }
    }
}

/// What waits in the index by next action, so that it can be counted without reading the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// A RECEIVED order for its start.
    Received,
    /// An order that was sent, for its lease or its next attempt.
    Sent,
    /// The same, sent [`SENT_OFTEN`] times or more without an answer.
    SentOften,
    /// An acknowledged order for its next poll.
    Acknowledged,
    /// An order that awaits approval, for its expiry.
    Expiry,
}

impl Waiting {
    const ALL: [Self; 5] = [Self::Received, Self::Sent, Self::SentOften, Self::Acknowledged, Self::Expiry];

    /// An order that was sent so often without an answer.
    pub(super) const fn sent(attempts: u32) -> Self {
        if attempts < SENT_OFTEN { Self::Sent } else { Self::SentOften }
    }

    const fn letter(self) -> char {
        match self {
            Self::Received => 'R',
            Self::Sent => 'P',
            Self::SentOften => 'S',
            Self::Acknowledged => 'A',
            Self::Expiry => 'E',
        }
    }
}

/// Parses the sort key of a row: its instant and what it stands for.
pub(super) fn read_row(sort_key: &str) -> Option<(i64, &str)> {
    let (at, entry) = sort_key.split_once('#')?;
    Some((at.parse().ok()?, entry))
}

/// Parses the instant, in ms, of a row of the indexes by status and by creation.
pub(super) fn row_instant(sort_key: &str) -> Option<Timestamp> {
    let (at_ms, _) = read_row(sort_key)?;
    Timestamp::from_millisecond(at_ms).ok()
}

/// Parses the order of a row: what stands between the instant and the letter, if it has one.
pub(super) fn row_order(sort_key: &str) -> Option<OrderId> {
    let (_, entry) = read_row(sort_key)?;
    OrderId::parse(entry.split('#').next()?).ok()
}

/// Parses a row of the index by next action: when, and what waits.
pub(super) fn due_row(sort_key: &str) -> Option<(Timestamp, Waiting)> {
    let (at_s, entry) = read_row(sort_key)?;
    let (_, letter) = entry.split_once('#')?;
    let waiting = Waiting::ALL.into_iter().find(|waiting| letter.chars().eq([waiting.letter()]))?;
    Some((Timestamp::from_second(at_s).ok()?, waiting))
}

/// A row of the index by status, for an order or a file.
pub(super) fn by_status(
    tenant: &TenantId,
    shelf: Shelf,
    shard: u32,
    since: Timestamp,
    entry: impl fmt::Display,
) -> IndexKey {
    IndexKey { pk: status_partition(tenant, shelf, shard), sk: ms_row(since, entry) }
}

/// A shard of the index by status.
pub(super) fn status_partition(tenant: &TenantId, shelf: Shelf, shard: u32) -> String {
    format!("T#{tenant}#S#{shelf}#{shard}")
}

/// A shard of the index by next action.
pub(super) fn due_partition(tenant: &TenantId, shard: u32) -> String {
    format!("T#{tenant}#D#{shard}")
}

/// A branch's orders in the index by creation.
pub(super) fn branch_partition(tenant: &TenantId, branch: &BranchId) -> String {
    format!("T#{tenant}#B#{branch}")
}

/// What the partitions of a tenant's branches begin with.
pub(super) fn branch_partitions(tenant: &TenantId) -> String {
    format!("T#{tenant}#B#")
}

/// Parses the branch of a partition of a tenant.
pub(super) fn branch_of_partition(tenant: &TenantId, pk: &str) -> Option<BranchId> {
    BranchId::parse(pk.strip_prefix(&branch_partitions(tenant))?).ok()
}

/// A tenant's files in the index by creation.
pub(super) fn files_partition(tenant: &TenantId) -> String {
    format!("T#{tenant}#F")
}

/// The sort key of a row whose instant is in ms.
pub(super) fn ms_row(at: Timestamp, entry: impl fmt::Display) -> String {
    format!("{}#{entry}", ms(at.as_millisecond()))
}

/// The greatest number of 13 digits: a day in the year 2286.
const MS_MAX: i64 = 9_999_999_999_999;

/// Always 13 digits, so that the texts sort as the numbers do.
fn ms(at_ms: i64) -> String {
    format!("{:013}", at_ms.clamp(0, MS_MAX))
}

/// The sort keys between which lie the rows of these instants, both included.
pub(super) fn between(from: Option<Timestamp>, to: Option<Timestamp>) -> (String, String) {
    let before = SignedDuration::from_nanos(999_999);
    let first = from.map_or(0, |from| from.checked_add(before).unwrap_or(from).as_millisecond());
    let last = to.map_or(MS_MAX, Timestamp::as_millisecond);
    (ms(first), format!("{}~", ms(last)))
}

/// The sort keys between which the index by next action has the rows that are due at `now`.
pub(super) fn due_by(now: Timestamp) -> (String, String) {
    (String::from("0"), format!("{:010}~", now.as_second()))
}

/// An order's row in the index by next action.
pub(super) fn by_due(tenant: &TenantId, shard: u32, next_at: Timestamp, id: &OrderId, waiting: Waiting) -> IndexKey {
    let sk = format!("{:010}#{id}#{}", next_at.as_second(), waiting.letter());
    IndexKey { pk: due_partition(tenant, shard), sk }
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
        let status = by_status(&tenant, Shelf::Of(Status::Received), 3, at, &id);
        assert_eq!((status.pk.as_str(), status.sk.as_str()), ("T#ACME_BANK#S#RECEIVED#3", "1768471200123#ORD-1"));
        let due = by_due(&tenant, 7, at, &id, Waiting::sent(3));
        assert_eq!((due.pk.as_str(), due.sk.as_str()), ("T#ACME_BANK#D#7", "1768471200#ORD-1#S"));
        assert_eq!((row_instant(&status.sk), row_order(&status.sk)), (Some(at), Some(id.clone())));
        assert_eq!((row_order(&due.sk), row_order("1768471200")), (Some(id), None));
        assert_eq!(due_row(&due.sk), Some(("2026-01-15T10:00:00Z".parse().unwrap(), Waiting::SentOften)));
        assert_eq!(due_row(&status.sk), None);
        let branch = branch_partition(&tenant, &BranchId::parse("12345").unwrap());
        assert_eq!((branch.as_str(), files_partition(&tenant).as_str()), ("T#ACME_BANK#B#12345", "T#ACME_BANK#F"));
        let entry = file_entry(&drop).unwrap();
        assert_eq!(file_of_entry(&tenant, entry), drop);
        assert_eq!(ms_row(at, entry), format!("1768471200123#/{digest}"));
    }

    #[test]
    fn bounds_are_whole_milliseconds_within_the_instants_asked_for() {
        let at = |text: &str| Some(text.parse().unwrap());
        for (from, to, want) in [
            (None, None, ("0000000000000", "9999999999999~")),
            (at("9999-01-01T00:00:00Z"), None, ("9999999999999", "9999999999999~")),
            (at("1970-01-01T00:00:01Z"), at("1970-01-01T00:00:02Z"), ("0000000001000", "0000000002000~")),
            (at("1970-01-01T00:00:00.0005Z"), at("1970-01-01T00:00:00.0015Z"), ("0000000000001", "0000000000001~")),
            (at("1900-01-01T00:00:00Z"), at("1900-01-01T00:00:00Z"), ("0000000000000", "0000000000000~")),
        ] {
            assert_eq!(between(from, to), (want.0.to_owned(), want.1.to_owned()));
        }
    }
}
