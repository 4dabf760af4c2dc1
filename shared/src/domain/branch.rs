//! The ordering branch.

use serde::{Deserialize, Serialize};

use super::text::{is_made_of, is_word_char, text_type};
use super::{Fields, Name};

text_type! {
    /// A branch's id within its bank.
    BranchId, "must be a string of 1 to 32 letters, digits, '_' or '-'", |text| is_made_of(text, 32, is_word_char)
}

text_type! {
    /// A branch's sort code.
    BranchCode, "must be a string of 1 to 20 letters or digits",
    |text| is_made_of(text, 20, |c| c.is_ascii_alphanumeric())
}

/// The ordering branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Its id.
    pub id: BranchId,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Its sort code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<BranchCode>,
}

impl Branch {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let id = fields.required("branchId");
        let name = fields.optional("branchName");
        let code = fields.optional("branchCode");
        Some(Self { id: id?, name, code })
    }
}
