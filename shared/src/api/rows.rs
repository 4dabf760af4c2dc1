//! The rows of lists that more than one function answers with.

use serde::Serialize;

use crate::domain::ListedFile;

/// A file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileRow {
    file_name: String,
    status: &'static str,
    details: u32,
    received_at: String,
    card_order_id: Option<String>,
    first_fault: Option<String>,
}

impl From<ListedFile> for FileRow {
    fn from(file: ListedFile) -> Self {
        Self {
            file_name: file.name,
            status: file.status.as_str(),
            details: file.details,
            received_at: format!("{:.3}", file.received_at),
            card_order_id: file.used_by.map(|id| id.to_string()),
            first_fault: file.first_fault,
        }
    }
}
