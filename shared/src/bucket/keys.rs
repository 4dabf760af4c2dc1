//! The keys of objects, written and read. Everything of a tenant is under `t/<tenant>/`: partners drop files under
//! `inbox/`, the service writes under `pgk/`.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ulid::Ulid;

use crate::domain::{DropName, Field, FileName, TenantId, card_number};

/// What an object is, according to its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectPlace {
    /// `t/<tenant>/inbox/<file name>`: a partner's drop.
    Inbox(TenantId, FileName),
    /// `t/<tenant>/pgk/…`: an object of an upload or a ticket, unless somebody else put it there.
    Uploads(TenantId, DropName),
    /// Under a tenant's prefix where no rule matches, with the fault that explains why.
    Misplaced(TenantId, DropName, String),
    /// A marker that consoles write for a folder.
    Folder,
    /// The key may contain a card number, so it must not be stored.
    CardNumber,
    /// Outside every tenant's prefix.
    Stray,
}

/// Reads a key.
#[must_use]
pub fn read(key: &str) -> ObjectPlace {
    let Some((tenant, below)) = key.strip_prefix("t/").and_then(|rest| rest.split_once('/')) else {
        return ObjectPlace::Stray;
    };
    let Ok(tenant) = TenantId::parse(tenant) else { return ObjectPlace::Stray };
    if key.ends_with('/') {
        return ObjectPlace::Folder;
    }
    if card_number::is_in(below) {
        return ObjectPlace::CardNumber;
    }
    let Ok(name) = DropName::parse(&format!("/{below}")) else { return ObjectPlace::Stray };
    match below.split_once('/') {
        Some(("pgk", _)) => ObjectPlace::Uploads(tenant, name),
        Some(("inbox", file)) => match FileName::parse(file) {
            Ok(file) => ObjectPlace::Inbox(tenant, file),
            Err(_) if file.contains('/') => ObjectPlace::Misplaced(
                tenant,
                name,
                "file: must lie directly under inbox/, in no folder below it".to_owned(),
            ),
            Err(_) => ObjectPlace::Misplaced(tenant, name, format!("file: {}", FileName::RULE)),
        },
        _ => ObjectPlace::Misplaced(tenant, name, "file: must lie under inbox/".to_owned()),
    }
}

/// A new key for an upload: `t/<tenant>/pgk/<yyyy>/<mm>/<ulid>.txt`.
pub(super) fn upload(tenant: &TenantId, now: Timestamp) -> String {
    let today = TimeZone::UTC.to_datetime(now);
    let mut key = format!("t/{tenant}/pgk/{:04}/{:02}/", today.year(), today.month());
    // Writing to a string cannot fail.
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
        let misplaced = |text: &str, why: &str| ObjectPlace::Misplaced(tenant(), name(text), format!("file: {why}"));
        let in_folder = "must lie directly under inbox/, in no folder below it";
        for (key, want) in [
            ("t/ACME_BANK/inbox/kits.txt", ObjectPlace::Inbox(tenant(), FileName::parse("kits.txt").unwrap())),
            ("t/ACME_BANK/pgk/2026/01/x.txt", ObjectPlace::Uploads(tenant(), name("/pgk/2026/01/x.txt"))),
            ("t/ACME_BANK/inbox/kits (1).txt", misplaced("/inbox/kits (1).txt", FileName::RULE)),
            ("t/ACME_BANK/inbox/data.csv", misplaced("/inbox/data.csv", FileName::RULE)),
            ("t/ACME_BANK/inbox/2026/11/kits.txt", misplaced("/inbox/2026/11/kits.txt", in_folder)),
            ("t/ACME_BANK/kits2.txt", misplaced("/kits2.txt", "must lie under inbox/")),
            ("t/ACME_BANK/Inbox/kits.txt", misplaced("/Inbox/kits.txt", "must lie under inbox/")),
            ("t/ACME_BANK/inbox/", ObjectPlace::Folder),
            ("t/ACME_BANK/", ObjectPlace::Folder),
            ("t/ACME_BANK/inbox/4111111111111111.txt", ObjectPlace::CardNumber),
            ("t/ACME_BANK/4111/1111/1111/1111", ObjectPlace::CardNumber),
            ("t/-/inbox/kits.txt", ObjectPlace::Stray),
            ("t//inbox/kits.txt", ObjectPlace::Stray),
            ("t/ACME_BANK", ObjectPlace::Stray),
            ("elsewhere/kits.txt", ObjectPlace::Stray),
        ] {
            assert_eq!(read(key), want, "{key}");
        }
    }

    #[test]
    fn an_upload_lies_among_the_uploads_of_its_tenant() {
        let tenant = TenantId::parse("ACME_BANK").unwrap();
        let key = upload(&tenant, "2026-01-15T10:00:00Z".parse().unwrap());
        assert!(key.starts_with("t/ACME_BANK/pgk/2026/01/"), "{key}");
        assert!(matches!(read(&key), ObjectPlace::Uploads(of, _) if of == tenant));
    }
}
