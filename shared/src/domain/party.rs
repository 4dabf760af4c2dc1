//! The party that a branch orders for.

use serde::{Deserialize, Serialize};

use super::text::{is_made_of, is_word_char, text_type};
use super::{Field, Fields, Json, Name};

text_type! {
    /// An ordering party's id.
    OrderingPartyId, "must be a string of 1 to 64 letters, digits, '_' or '-'", |text| is_made_of(text, 64, is_word_char)
}

/// The kind of an ordering party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderingPartyType {
    /// The bank itself.
    Bank,
    /// A branch of the bank.
    Branch,
    /// A company.
    Corporate,
    /// A subsidiary or division of a company.
    SubCorporate,
    /// An agent.
    Agent,
}

impl Field for OrderingPartyType {
    const RULE: &'static str = "must be one of BANK, BRANCH, CORPORATE, SUB_CORPORATE, AGENT";

    fn read(json: &Json) -> Option<Self> {
        match json.text()? {
            "BANK" => Some(Self::Bank),
            "BRANCH" => Some(Self::Branch),
            "CORPORATE" => Some(Self::Corporate),
            "SUB_CORPORATE" => Some(Self::SubCorporate),
            "AGENT" => Some(Self::Agent),
            _ => None,
        }
    }
}

/// The party that a branch orders for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderingParty {
    /// Its id.
    pub id: OrderingPartyId,
    /// Its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<OrderingPartyType>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

impl OrderingParty {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let id = fields.required("orderingPartyId");
        let kind = fields.optional("orderingPartyType");
        let name = fields.optional("orderingPartyName");
        Some(Self { id: id?, kind, name })
    }
}
