//! The ledger: what became of every key that reached the CMS, in SQLite. An answered call survives a killed process.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde::Serialize;

use super::order::Order;
use super::scripts::Script;
use super::status::{Status, UNKNOWN};

/// What the CMS really did for one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// How often the order went into production.
    pub placements: u32,
    /// Cards of all placements together.
    pub cards: u64,
    /// The order's status; `UNKNOWN` where calls came and none was accepted.
    pub status: String,
}

/// The rows.
#[derive(Debug)]
pub(super) struct Ledger(Mutex<Connection>);

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        script TEXT,
        status TEXT,
        placements INTEGER NOT NULL,
        posts INTEGER NOT NULL,
        gets INTEGER NOT NULL,
        cards_each INTEGER NOT NULL,
        refused_line INTEGER
    );
";

const COLUMNS: &str = "key, script, status, placements, posts, gets, cards_each, refused_line";

impl Ledger {
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(file)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Changes what is stored for a key, in one transaction. Returns what is stored now, and the result of `change`.
    pub(super) fn change<T>(&self, key: &str, change: impl FnOnce(&mut Order) -> T) -> rusqlite::Result<(Order, T)> {
        let mut connection = self.lock();
        let write = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = format!("SELECT id, {COLUMNS} FROM orders WHERE key = ?1");
        let before = write.query_row(&sql, [key], read).optional()?.map(|(_, order)| order).unwrap_or_default();
        let mut order = before.clone();
        let outcome = change(&mut order);
        // A question alone does not make a key known.
        if order != before {
            order.id = Some(save(&write, key, &order)?);
            write.commit()?;
        }
        Ok((order, outcome))
    }

    /// Returns all entries, sorted by key.
    pub(super) fn entries(&self) -> rusqlite::Result<Vec<Entry>> {
        let connection = self.lock();
        let mut statement = connection.prepare(&format!("SELECT id, {COLUMNS} FROM orders ORDER BY key"))?;
        let entry = |row: &Row<'_>| {
            let (key, order) = read(row)?;
            let status = order.status.map_or(UNKNOWN, Status::name).to_owned();
            Ok(Entry { key, placements: order.placements, cards: order.cards(), status })
        };
        statement.query_map([], entry)?.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic interrupted has been rolled back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a row and returns its id; an existing row keeps its id.
fn save(connection: &Connection, key: &str, order: &Order) -> rusqlite::Result<i64> {
    let sql = format!(
        "INSERT INTO orders (id, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT (key) DO UPDATE SET script = ?3, status = ?4, placements = ?5, posts = ?6, gets = ?7, \
         cards_each = ?8, refused_line = ?9 RETURNING id"
    );
    let Order { id, script, status, placements, posts, gets, cards_each, refused_line } = order;
    let (script, status) = (script.map(Script::name), status.map(Status::name));
    let values = params![id, key, script, status, placements, posts, gets, cards_each, refused_line];
    connection.query_row(&sql, values, |row| row.get(0))
}

fn read(row: &Row<'_>) -> rusqlite::Result<(String, Order)> {
    let status: Option<String> = row.get("status")?;
    let status = status
        .map(|name| {
            let unreadable = || rusqlite::Error::InvalidColumnType(3, "status".to_owned(), Type::Text);
            Status::named(&name).ok_or_else(unreadable)
        })
        .transpose()?;
    let order = Order {
        id: row.get("id")?,
        script: row.get::<_, Option<String>>("script")?.map(|name| Script::named(&name)),
        status,
        placements: row.get("placements")?,
        posts: row.get("posts")?,
        gets: row.get("gets")?,
        cards_each: row.get("cards_each")?,
        refused_line: row.get("refused_line")?,
    };
    Ok((row.get("key")?, order))
}
