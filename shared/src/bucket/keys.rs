//! The keys of objects, written and read. Everything of a tenant lies below `t/<tenant>/`: what partners drop under
//! `inbox/`, what the service writes under `pgk/`.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ulid::Ulid;

use crate::domain::{DropName, Field, FileName, TenantId, card_number};

/// What a key says about its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `t/<tenant>/inbox/<file name>`: a partner's drop.
    Inbox(TenantId, FileName),
    /// `t/<tenant>/pgk/…`: an upload or a ticket's object, unless somebody else put it there.
    Uploads(TenantId, DropName),
    /// Below a tenant's prefix, where no rule takes it, with the fault that says why.
    Misplaced(TenantId, DropName, String),
    /// A marker that consoles write for a folder.
    Folder,
    /// What may be a card number stands in the key, which must not be kept then.
    CardNumber,
    /// Outside of every tenant's prefix.
    Stray,
}

/// Reads a key.
#[must_use]
pub fn read(key: &str) -> Place {
    let Some((tenant, below)) = key.strip_prefix("t/").and_then(|rest| rest.split_once('/')) else {
        return Place::Stray;
    };
    let Ok(tenant) = TenantId::parse(tenant) else { return Place::Stray };
    if key.ends_with('/') {
        return Place::Folder;
    }
    if card_number::is_in(below) {
        return Place::CardNumber;
    }
    let Ok(name) = DropName::parse(&format!("/{below}")) else { return Place::Stray };
    match below.split_once('/') {
        Some(("pgk", _)) => Place::Uploads(tenant, name),
        Some(("inbox", file)) => match FileName::parse(file) {
            Ok(file) => Place::Inbox(tenant, file),
            Err(_) if file.contains('/') => {
                Place::Misplaced(tenant, name, "file: must lie directly under inbox/, in no folder below it".to_owned())
            }
            Err(_) => Place::Misplaced(tenant, name, format!("file: {}", FileName::RULE)),
        },
        _ => Place::Misplaced(tenant, name, "file: must lie under inbox/".to_owned()),
    }
}

/// A new key for an upload: `t/<tenant>/pgk/<yyyy>/<mm>/<ulid>.txt`.
pub(super) fn upload(tenant: &TenantId, now: Timestamp) -> String {
    let today = TimeZone::UTC.to_datetime(now);
    let mut key = format!("t/{tenant}/pgk/{:04}/{:02}/", today.year(), today.month());
    // Writing into a text cannot fail.
    let written = write!(key, "{}.txt", Ulid::generate());
    debug_assert!(written.is_ok());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_its_object_is() {
        let tenant = || TenantId::parse("ACME_BANK").unwrap();
        let name = |text: &str| DropName::parse(text).unwrap();
        let misplaced = |text: &str, why: &str| Place::Misplaced(tenant(), name(text), format!("file: {why}"));
        let in_folder = "must lie directly under inbox/, in no folder below it";
        for (key, want) in [
            ("t/ACME_BANK/inbox/kits.txt", Place::Inbox(tenant(), FileName::parse("kits.txt").unwrap())),
            ("t/ACME_BANK/pgk/2026/01/x.txt", Place::Uploads(tenant(), name("/pgk/2026/01/x.txt"))),
            ("t/ACME_BANK/inbox/kits (1).txt", misplaced("/inbox/kits (1).txt", FileName::RULE)),
            ("t/ACME_BANK/inbox/data.csv", misplaced("/inbox/data.csv", FileName::RULE)),
            ("t/ACME_BANK/inbox/2026/11/kits.txt", misplaced("/inbox/2026/11/kits.txt", in_folder)),
            ("t/ACME_BANK/kits2.txt", misplaced("/kits2.txt", "must lie under inbox/")),
            ("t/ACME_BANK/Inbox/kits.txt", misplaced("/Inbox/kits.txt", "must lie under inbox/")),
            ("t/ACME_BANK/inbox/", Place::Folder),
            ("t/ACME_BANK/", Place::Folder),
            ("t/ACME_BANK/inbox/4111111111111111.txt", Place::CardNumber),
            ("t/ACME_BANK/4111/1111/1111/1111", Place::CardNumber),
            ("t/-/inbox/kits.txt", Place::Stray),
            ("t//inbox/kits.txt", Place::Stray),
            ("t/ACME_BANK", Place::Stray),
            ("elsewhere/kits.txt", Place::Stray),
        ] {
            assert_eq!(read(key), want, "{key}");
        }
    }

    #[test]
    fn an_upload_lies_among_the_uploads_of_its_tenant() {
        let tenant = TenantId::parse("ACME_BANK").unwrap();
        let key = upload(&tenant, "2026-01-15T10:00:00Z".parse().unwrap());
        assert!(key.starts_with("t/ACME_BANK/pgk/2026/01/"), "{key}");
        assert!(matches!(read(&key), Place::Uploads(of, _) if of == tenant));
    }
}
