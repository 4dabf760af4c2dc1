//! The versions of all objects in SQLite, one row per version; their bytes are in files next to it. The queue of notices is a
//! table in the same database, so that no object exists without its notice.

use std::path::Path;
use std::sync::MutexGuard;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use s3s::dto;
use serde::{Deserialize, Serialize};

use crate::database::{Database, Json};

/// A version of an object.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) version_id: String,
    pub(super) bytes: i64,
    pub(super) etag: String,
    /// SHA-256 in base64, as S3 writes it.
    pub(super) sha256: String,
    pub(super) content_type: Option<String>,
    /// The caller's metadata.
    pub(super) metadata: dto::Metadata,
    pub(super) modified_ms: i64,
    /// Whether this version is a delete marker.
    pub(super) is_delete_marker: bool,
}

impl Object {
    /// Returns when this version was written.
    pub(super) fn modified(&self) -> Option<dto::Timestamp> {
        let since_1970 = Duration::from_millis(u64::try_from(self.modified_ms).ok()?);
        Some((SystemTime::UNIX_EPOCH + since_1970).into())
    }
}

/// When an object may be written.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Always,
    /// No object has the key.
    Absent,
    /// The object under the key has this entity tag.
    Matches(String),
}

/// The versions of all objects, and the queue.
#[derive(Debug)]
pub(super) struct Objects(Database);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS objects (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL,
        version_id TEXT NOT NULL UNIQUE,
        body TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS latest ON objects (key, seq);
    CREATE TABLE IF NOT EXISTS notices (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        body TEXT NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0,
        due_ms INTEGER NOT NULL DEFAULT 0,
        is_dead INTEGER NOT NULL DEFAULT 0
    );
";

impl Objects {
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        Database::open(file, SCHEMA).map(Self)
    }

    /// Adds a version if the condition holds for the latest one, and in the same transaction its notice to the queue.
    /// Returns whether the condition held.
    pub(super) fn add(
        &self,
        object: &Object,
        condition: &Condition,
        notice: impl Fn(&Object, i64) -> Option<String>,
    ) -> rusqlite::Result<bool> {
        let mut connection = self.lock();
        let write = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let present = latest(&write, &object.key)?.filter(|object| !object.is_delete_marker);
        let holds = match (condition, present) {
            (Condition::Always, _) | (Condition::Absent, None) => true,
            (Condition::Matches(etag), Some(present)) => *etag == present.etag,
            (Condition::Absent, Some(_)) | (Condition::Matches(_), None) => false,
        };
        if holds {
            let sql = "INSERT INTO objects (key, version_id, body) VALUES (?1, ?2, ?3)";
            write.execute(sql, params![object.key, object.version_id, Json(object)])?;
            if let Some(body) = notice(object, write.last_insert_rowid()) {
                write.execute("INSERT INTO notices (body) VALUES (?1)", [body])?;
            }
            write.commit()?;
        }
        Ok(holds)
    }

    /// Returns a version of an object, or the latest one, which may be a delete marker.
    pub(super) fn find(&self, key: &str, version_id: Option<&str>) -> rusqlite::Result<Option<Object>> {
        let connection = self.lock();
        let Some(version_id) = version_id else { return latest(&connection, key) };
        let sql = "SELECT body FROM objects WHERE key = ?1 AND version_id = ?2";
        connection.query_row(sql, [key, version_id], read).optional()
    }

    /// Removes a version for good. Returns whether it existed.
    pub(super) fn remove(&self, key: &str, version_id: &str) -> rusqlite::Result<bool> {
        let sql = "DELETE FROM objects WHERE key = ?1 AND version_id = ?2";
        self.lock().execute(sql, [key, version_id]).map(|removed| removed > 0)
    }

    /// Returns the latest versions under a prefix whose keys are greater than `after`, sorted by key, without deleted objects.
    pub(super) fn list(&self, prefix: &str, after: &str, rows_max: usize) -> rusqlite::Result<Vec<Object>> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT body FROM objects WHERE seq IN (SELECT max(seq) FROM objects GROUP BY key) \
             AND NOT body ->> 'is_delete_marker' AND key > ?1 AND substr(key, 1, length(?2)) = ?2 ORDER BY key LIMIT ?3",
        )?;
        let rows_max = i64::try_from(rows_max).unwrap_or(i64::MAX);
        statement.query_map(params![after, prefix, rows_max], read)?.collect()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock()
    }
}

fn latest(connection: &Connection, key: &str) -> rusqlite::Result<Option<Object>> {
    let sql = "SELECT body FROM objects WHERE key = ?1 ORDER BY seq DESC LIMIT 1";
    connection.query_row(sql, [key], read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Object> {
    row.get("body").map(|Json(object)| object)
}
