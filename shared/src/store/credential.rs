//! Keys, and those of usage plans: a small table of their own, which only the authorizer reads and only the administrator
//! writes.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::expression::{Condition, ItemUpdate, NO_ITEM, Write, equal};
use super::item::{KeyItem, PlanKeyItem, PrincipalItem, from_attributes, name};
use super::{Read, Store, keys, new_attempt, number, text, unreadable};
use crate::aws::failure;
use crate::domain::{KeyId, PlanKey, Principal, StoredKey, TenantId};
use crate::error::Error;

const READING: &str = "reading a key";
const ISSUING: &str = "issuing a key";
const REVOKING: &str = "revoking a key";
const LISTING: &str = "listing the keys of a tenant";
const READING_PLAN: &str = "reading the key of a usage plan";
const SETTING_PLAN: &str = "setting the key of a usage plan";

/// The attribute that holds a secret itself, and not its hash.
pub const SECRET_ATTRIBUTE: &str = name::USAGE_IDENTIFIER_KEY;

/// How many live keys a principal may have: one in use, and the one that replaces it.
pub const LIVE_KEYS_MAX: usize = 2;

/// The table of keys.
#[derive(Debug, Clone)]
pub struct Credentials(pub(super) Store);

/// What became of a key that was to be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueOutcome {
    /// It can be used.
    Issued,
    /// Its principal has [`LIVE_KEYS_MAX`] live keys.
    TooMany,
    /// Another change of the principal's keys came first.
    Raced,
}

/// What became of a key that was to be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevokeOutcome {
    /// It ends within a minute.
    Revoked,
    /// There is no such key.
    NotFound,
    /// It had been revoked before.
    RevokedBefore,
    /// Another change of the principal's keys came first.
    Raced,
}

impl Credentials {
    /// The table behind a client.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self(Store::new(client, table))
    }

    /// Returns a live key.
    pub async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, Error> {
        let item = self.item(id).await?.filter(|item| item.revoked_at.is_none());
        item.map(|item| item.try_into().map_err(unreadable(READING))).transpose()
    }

    /// Returns a key, whether it is live or revoked.
    pub async fn find_any(&self, id: &KeyId) -> Result<Option<StoredKey>, Error> {
        self.item(id).await?.map(|item| item.try_into().map_err(unreadable(READING))).transpose()
    }

    async fn item(&self, id: &KeyId) -> Result<Option<KeyItem>, Error> {
        let item = self.0.get(READING, keys::key(id), keys::ALONE, Read::Consistent).await?;
        item.map(from_attributes).transpose().map_err(unreadable(READING))
    }

    /// Stores a new key, unless its principal has too many.
    pub async fn issue(&self, key: &StoredKey, at: Timestamp) -> Result<IssueOutcome, Error> {
        let attempt = new_attempt();
        let owner = self.owner(ISSUING, &key.tenant, &key.principal).await?;
        if owner.keys.len() >= LIVE_KEYS_MAX {
            return Ok(IssueOutcome::TooMany);
        }
        let item = KeyItem::new(keys::key(&key.id), keys::ALONE, key, at.to_string(), &attempt);
        let live = owner.keys.iter().chain([&key.id]).cloned().collect();
        let writes = [Write::put_if(ISSUING, &item, NO_ITEM)?, owned(ISSUING, owner, live, &attempt)?];
        let is_written = self.0.commit(ISSUING, writes, &attempt).await?.is_written();
        Ok(if is_written { IssueOutcome::Issued } else { IssueOutcome::Raced })
    }

    /// Ends a key.
    pub async fn revoke(&self, id: &KeyId, at: Timestamp) -> Result<RevokeOutcome, Error> {
        let Some(item) = self.item(id).await? else { return Ok(RevokeOutcome::NotFound) };
        if item.revoked_at.is_some() {
            return Ok(RevokeOutcome::RevokedBefore);
        }
        let attempt = new_attempt();
        let key: StoredKey = item.try_into().map_err(unreadable(REVOKING))?;
        let owner = self.owner(REVOKING, &key.tenant, &key.principal).await?;
        let live = owner.keys.iter().filter(|live| *live != id).cloned().collect();
        let end = ItemUpdate::of(keys::key(id))
            .set(name::REVOKED_AT, text(at.to_string()))
            .marked(&attempt)
            .when(Condition::Absent(name::REVOKED_AT));
        let writes = [Write::Update(end), owned(REVOKING, owner, live, &attempt)?];
        let is_written = self.0.commit(REVOKING, writes, &attempt).await?.is_written();
        Ok(if is_written { RevokeOutcome::Revoked } else { RevokeOutcome::Raced })
    }

    /// Returns the live keys of a tenant, by principal.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<StoredKey>, Error> {
        let mut pages = self
            .0
            .client
            .query()
            .table_name(&*self.0.table)
            .key_condition_expression(format!("{} = :pk", name::PK))
            .expression_attribute_values(":pk", AttributeValue::S(keys::principals(tenant)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let mut live = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| failure(LISTING, &error))?;
            let owner: PrincipalItem = from_attributes(item).map_err(unreadable(LISTING))?;
            live.extend(try_join_all(owner.keys.iter().map(|id| self.find(id))).await?.into_iter().flatten());
        }
        Ok(live)
    }

    /// Returns the key of a tenant's usage plan, if it has one.
    pub async fn plan_key(&self, tenant: &TenantId) -> Result<Option<PlanKey>, Error> {
        let item = self.0.get(READING_PLAN, keys::plan_key(tenant), keys::ALONE, Read::Eventual).await?;
        let item: Option<PlanKeyItem> = item.map(from_attributes).transpose().map_err(unreadable(READING_PLAN))?;
        Ok(item.and_then(|item| item.usage_identifier_key))
    }

    /// Sets the key of a tenant's usage plan, or takes it away.
    pub async fn set_plan_key(&self, tenant: &TenantId, key: Option<&PlanKey>) -> Result<(), Error> {
        let (pk, sk) = (keys::plan_key(tenant), keys::ALONE.to_owned());
        let item = Write::put(SETTING_PLAN, &PlanKeyItem { pk, sk, usage_identifier_key: key.cloned() })?;
        self.0.commit(SETTING_PLAN, [item], &new_attempt()).await.map(drop)
    }

    /// The principal's item as it stands; a new one has version 0.
    async fn owner(
        &self,
        doing: &'static str,
        tenant: &TenantId,
        principal: &Principal,
    ) -> Result<PrincipalItem, Error> {
        let (pk, sk) = (keys::principals(tenant), principal.to_string());
        let item = self.0.get(doing, pk.clone(), &sk, Read::Consistent).await?;
        let item = item.map(from_attributes).transpose().map_err(unreadable(doing))?;
        Ok(item.unwrap_or(PrincipalItem { pk, sk, keys: Vec::new(), version: 0, attempt: String::new() }))
    }
}

/// The write that gives a principal these live keys, unless it has changed since it was read.
fn owned(doing: &'static str, owner: PrincipalItem, live: Vec<KeyId>, attempt: &str) -> Result<Write, Error> {
    let condition = match owner.version {
        0 => NO_ITEM,
        version => equal(name::VERSION, number(version.cast_signed())),
    };
    let item = PrincipalItem { keys: live, version: owner.version + 1, attempt: attempt.to_owned(), ..owner };
    Write::put_if(doing, &item, condition)
}
