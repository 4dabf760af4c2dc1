//! Sessions: credentials that reach one tenant's data and no other's, because AWS itself says so.
//!
//! A function's own role reaches no data. For each tenant it assumes the data role with the tenant as the session's tag,
//! which the data role's policy compares with each key, and with the function's policy as session policy, so that a
//! session may do what both allow. The call of [`SessionSource::assume`] is the one place that sets the tag.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use jiff::{SignedDuration, Timestamp};

use super::clients::Access;
use super::failure;
use crate::clock::Clock;
use crate::domain::TenantId;
use crate::error::Error;

const ASSUMING: &str = "assuming the data role";
/// What AWS gives at most to a role that was assumed by another.
const DURATION_S: i32 = 3_600;
/// A session is renewed when this much of it is left, so that no upload ticket (10 minutes) outlives the credentials that
/// signed it.
const RENEWED_WITH: SignedDuration = SignedDuration::from_mins(15);
/// If it cannot be renewed, it is still used with this much left.
const USED_WITH: SignedDuration = SignedDuration::from_mins(11);
/// Sessions that a sandbox keeps.
const SESSIONS_MAX: usize = 256;

/// Where sessions come from.
pub enum SessionSource {
    /// STS.
    Sts {
        /// The client, with the function's own credentials.
        client: aws_sdk_sts::Client,
        /// The region.
        region: String,
        /// The data role.
        role_arn: String,
        /// What the function may do with data.
        policy_arn: String,
    },
    /// This process, for the local stack.
    InProcess(fn(&TenantId) -> Access),
}

/// A tenant's session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) access: Access,
    ends_at: Timestamp,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
}

/// The sessions of a sandbox, by tenant.
#[derive(Clone, Debug)]
pub struct Sessions(Arc<Keeper>);

struct Keeper {
    source: SessionSource,
    clock: Clock,
    kept: Mutex<HashMap<TenantId, Arc<Session>>>,
    /// Held while a session is opened, so that calls which need the same one wait for it.
    opening: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl Session {
    /// A client of DynamoDB with the credentials of this session, otherwise like `base`.
    pub(crate) fn dynamodb(&self, base: &aws_sdk_dynamodb::Client) -> aws_sdk_dynamodb::Client {
        let build = || {
            let config = base.config().to_builder().credentials_provider(self.access.credentials());
            aws_sdk_dynamodb::Client::from_conf(config.build())
        };
        self.dynamodb.get_or_init(build).clone()
    }

    /// A client of S3 with the credentials of this session, otherwise like `base`.
    pub(crate) fn s3(&self, base: &aws_sdk_s3::Client) -> aws_sdk_s3::Client {
        let build = || {
            let config = base.config().to_builder().credentials_provider(self.access.credentials());
            aws_sdk_s3::Client::from_conf(config.build())
        };
        self.s3.get_or_init(build).clone()
    }

    fn has_left(&self, time: SignedDuration, now: Timestamp) -> bool {
        self.ends_at.duration_since(now) > time
    }
}

impl Sessions {
    /// No sessions yet. `clock` is the machine's time, which AWS compares with its own.
    #[must_use]
    pub fn new(source: SessionSource, clock: Clock) -> Self {
        let (kept, opening) = Default::default();
        Self(Arc::new(Keeper { source, clock, kept, opening }))
    }

    /// Returns the session of a tenant; opens or renews it if that is due.
    pub(crate) async fn of(&self, tenant: &TenantId) -> Result<Arc<Session>, Error> {
        if let Some(session) = self.kept(tenant, RENEWED_WITH) {
            return Ok(session);
        }
        let opening = self.0.opening.lock().await;
        if let Some(session) = self.kept(tenant, RENEWED_WITH) {
            return Ok(session);
        }
        // In a box, since hardly any call gets here, and each would be as large as the call of STS.
        let opened = Box::pin(self.0.source.assume(tenant)).await;
        drop(opening);
        match opened {
            Ok(session) => Ok(self.keep(tenant, session)),
            Err(error) => {
                let session = self.kept(tenant, USED_WITH).ok_or(error)?;
                tracing::warn!("a session could not be renewed; it is used while it lasts");
                Ok(session)
            }
        }
    }

    fn kept(&self, tenant: &TenantId, time_left: SignedDuration) -> Option<Arc<Session>> {
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(tenant).filter(|session| session.has_left(time_left, self.0.clock.now())).cloned()
    }

    fn keep(&self, tenant: &TenantId, session: Session) -> Arc<Session> {
        let session = Arc::new(session);
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SESSIONS_MAX {
            // Those that end first were opened first.
            let first = kept.iter().min_by_key(|(_, session)| session.ends_at).map(|(tenant, _)| tenant.clone());
            first.map(|tenant| kept.remove(&tenant));
        }
        kept.insert(tenant.clone(), Arc::clone(&session));
        session
    }
}

impl SessionSource {
    async fn assume(&self, tenant: &TenantId) -> Result<Session, Error> {
        match self {
            Self::InProcess(access) => Ok(session(access(tenant), Timestamp::MAX)),
            Self::Sts { client, region, role_arn, policy_arn } => {
                let broken = || Error::Internal { doing: ASSUMING, source: "the answer has no credentials".into() };
                let tag = Tag::builder().key("tenant").value(tenant.as_str()).build().map_err(|_| broken())?;
                let assumed = client
                    .assume_role()
                    .role_arn(role_arn)
                    // In CloudTrail. It takes 2 to 64 characters.
                    .role_session_name(format!("t={tenant}").chars().take(64).collect::<String>())
                    .duration_seconds(DURATION_S)
                    .policy_arns(PolicyDescriptorType::builder().arn(policy_arn).build())
                    .tags(tag)
                    .send()
                    .await
                    .map_err(|error| failure(ASSUMING, &error))?;
                let credentials = assumed.credentials.ok_or_else(broken)?;
                let ends_at = Timestamp::from_second(credentials.expiration.secs()).map_err(|_| broken())?;
                let access = Access {
                    region: region.clone(),
                    key_id: credentials.access_key_id,
                    secret_key: credentials.secret_access_key,
                    session_token: Some(credentials.session_token),
                };
                Ok(session(access, ends_at))
            }
        }
    }
}

fn session(access: Access, ends_at: Timestamp) -> Session {
    Session { access, ends_at, dynamodb: OnceLock::new(), s3: OnceLock::new() }
}
