//! A key, the principal that owns it, and the key of a tenant's usage plan: items of the table of keys.

use serde::{Deserialize, Serialize};

use super::{ItemError, digest_bytes, digest_text};
use crate::domain::{KeyId, PlanKey, Principal, Scopes, SecretHash, StoredKey, TenantId};

/// A key; auditors read it, hence whole words.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct KeyItem {
    pub pk: String,
    pub sk: String,
    id: KeyId,
    tenant: TenantId,
    principal: Principal,
    scopes: Vec<String>,
    secret_sha256: String,
    created_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    #[serde(rename = "ai")]
    attempt: String,
}

/// A principal and its live keys. Its version orders the writes of keys, so that there are never more than two.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::store) struct PrincipalItem {
    pub pk: String,
    pub sk: String,
    pub keys: Vec<KeyId>,
    #[serde(rename = "v")]
    pub version: u64,
    #[serde(rename = "ai")]
    pub attempt: String,
}

/// The key of a tenant's usage plan.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct PlanKeyItem {
    pub pk: String,
    pub sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_identifier_key: Option<PlanKey>,
}

impl KeyItem {
    pub(in crate::store) fn new(pk: String, sk: &str, key: &StoredKey, created_at: String, attempt: &str) -> Self {
        Self {
            pk,
            sk: sk.to_owned(),
            id: key.id.clone(),
            tenant: key.tenant.clone(),
            principal: key.principal.clone(),
            scopes: key.scopes.names().into_iter().map(str::to_owned).collect(),
            secret_sha256: digest_text(&key.hash.0),
            created_at,
            revoked_at: None,
            attempt: attempt.to_owned(),
        }
    }
}

impl TryFrom<KeyItem> for StoredKey {
    type Error = ItemError;

    fn try_from(item: KeyItem) -> Result<Self, ItemError> {
        Ok(Self {
            id: item.id,
            tenant: item.tenant,
            principal: item.principal,
            scopes: Scopes::named(item.scopes.iter().map(String::as_str)).ok_or(ItemError::Value("scopes"))?,
            hash: SecretHash(digest_bytes(&item.secret_sha256)?),
        })
    }
}
