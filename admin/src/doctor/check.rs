//! What was looked at, and what came of it.

use serde::Serialize;

use crate::output::Row;

/// One part of a deployment.
#[derive(Debug, Serialize)]
pub(crate) struct PartCheck {
    check: String,
    pub(crate) ok: bool,
    detail: String,
}

impl PartCheck {
    pub(crate) fn passed(check: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { check: check.into(), ok: true, detail: detail.into() }
    }

    pub(crate) fn failed(check: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { check: check.into(), ok: false, detail: detail.into() }
    }

    /// The sentence for a part that can be used, or the one that says why it can't.
    pub(crate) fn of(check: impl Into<String>, found: Result<impl Into<String>, impl Into<String>>) -> Self {
        match found {
            Ok(detail) => Self::passed(check, detail),
            Err(detail) => Self::failed(check, detail),
        }
    }
}

impl Row for PartCheck {
    const COLUMNS: &'static [&'static str] = &["", "CHECK", "RESULT"];

    fn cells(&self) -> Vec<String> {
        let mark = if self.ok { "ok" } else { "FAILED" };
        vec![mark.to_owned(), self.check.clone(), self.detail.clone()]
    }
}
