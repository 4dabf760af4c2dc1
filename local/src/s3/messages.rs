//! The messages of the queue, in the database of the objects.

use rusqlite::params;

use super::objects::Objects;

impl Objects {
    /// Puts a message into the queue.
    pub(super) fn send(&self, body: &str) -> rusqlite::Result<()> {
        self.lock().execute("INSERT INTO notices (body) VALUES (?1)", [body]).map(|_| ())
    }

    /// Returns the oldest messages that are due: id, body, and how often each was received before.
    pub(super) fn receive(&self, now_ms: i64, messages_max: usize) -> rusqlite::Result<Vec<(i64, String, u32)>> {
        let connection = self.lock();
        let sql = "SELECT id, body, receives FROM notices WHERE is_dead = 0 AND due_ms <= ?1 ORDER BY id LIMIT ?2";
        let mut statement = connection.prepare(sql)?;
        let messages_max = i64::try_from(messages_max).unwrap_or(i64::MAX);
        statement.query_map(params![now_ms, messages_max], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
    }

    /// Removes a message for good.
    pub(super) fn delete(&self, id: i64) -> rusqlite::Result<()> {
        self.lock().execute("DELETE FROM notices WHERE id = ?1", [id]).map(|_| ())
    }

    /// Returns a message to the queue, to be received again later, or never if it is dead.
    pub(super) fn give_back(&self, id: i64, due_ms: i64, is_dead: bool) -> rusqlite::Result<()> {
        let sql = "UPDATE notices SET receives = receives + 1, due_ms = ?2, is_dead = ?3 WHERE id = ?1";
        self.lock().execute(sql, params![id, due_ms, is_dead]).map(|_| ())
    }
}
