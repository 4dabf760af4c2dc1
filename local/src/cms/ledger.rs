//! The ledger: what became of every key that reached the CMS, in SQLite. An answered call survives a killed process.

use std::path::Path;

use rusqlite::{OptionalExtension, Row, TransactionBehavior};
use serde::Serialize;

use super::order::Order;
use crate::database::{Database, Json};

/// What the CMS really did for one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// How often the order went into production.
    pub placements: u32,
    /// The cards of all placements together.
    pub cards: u64,
    /// The order's status; `UNKNOWN` if there were calls and none was accepted.
    pub status: String,
}

/// The orders by key.
#[derive(Debug)]
pub(super) struct Ledger(Database);

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT)";
const SAVE: &str =
    "INSERT INTO orders (key, body) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET body = ?2 RETURNING id";

impl Ledger {
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        Database::open(file, SCHEMA).map(Self)
    }

    /// Changes the order of a key in one transaction. Returns the order and the result of `change`.
    pub(super) fn change<T>(&self, key: &str, change: impl FnOnce(&mut Order) -> T) -> rusqlite::Result<(Order, T)> {
        let mut connection = self.0.lock();
        let write = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "SELECT id, key, body FROM orders WHERE key = ?1";
        let before = write.query_row(sql, [key], read).optional()?.map(|(_, order)| order).unwrap_or_default();
        let mut order = before.clone();
        let outcome = change(&mut order);
        // A `GET` alone does not make a key known.
        if order != before {
            order.id = Some(write.query_row(SAVE, (key, Json(&order)), |row| row.get(0))?);
            write.commit()?;
        }
        Ok((order, outcome))
    }

    /// Returns all entries, sorted by key.
    pub(super) fn entries(&self) -> rusqlite::Result<Vec<Entry>> {
        let connection = self.0.lock();
        let mut statement = connection.prepare("SELECT id, key, body FROM orders ORDER BY key")?;
        let entry = |row: &Row<'_>| {
            let (key, order) = read(row)?;
            Ok(Entry { key, placements: order.placements, cards: order.cards(), status: order.status.to_string() })
        };
        statement.query_map([], entry)?.collect()
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(String, Order)> {
    let Json(order): Json<Order> = row.get("body")?;
    Ok((row.get("key")?, Order { id: row.get("id")?, ..order }))
}
