//! The event that API Gateway sends to a REQUEST authorizer, and the answer that it expects.

use std::collections::HashMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use shared::domain::PlanKey;
use shared::error::{Error, unreadable};

use crate::{Identity, Refusal};

/// What is read of the event.
pub struct AuthorizeEvent(Fields);

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    method_arn: Option<String>,
    headers: Option<HashMap<String, Option<String>>>,
    multi_value_headers: Option<HashMap<String, Option<Vec<String>>>>,
    request_context: Option<Context>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    request_id: Option<String>,
}

impl<'de> Deserialize<'de> for AuthorizeEvent {
    /// In two steps, since the runtime would log serde's message, which repeats what stands there.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Box::<RawValue>::deserialize(deserializer)?;
        serde_json::from_str(event.get()).map(Self).map_err(|error| D::Error::custom(unreadable(&error)))
    }
}

impl AuthorizeEvent {
    pub(crate) fn request_id(&self) -> &str {
        self.0.request_context.as_ref().and_then(|context| context.request_id.as_deref()).unwrap_or_default()
    }

    /// The credential of the header `Authorization`, with or without `Bearer` before it.
    pub(crate) fn credential(&self) -> Result<&str, Refusal> {
        const NAME: &str = "authorization";
        let fields = &self.0;
        let multiple = fields.multi_value_headers.iter().flatten();
        let multiple = multiple.filter(|(name, _)| name.eq_ignore_ascii_case(NAME));
        let mut values: Vec<&str> =
            multiple.flat_map(|(_, values)| values.iter().flatten()).map(String::as_str).collect();
        if values.is_empty() {
            let single = fields.headers.iter().flatten().filter(|(name, _)| name.eq_ignore_ascii_case(NAME));
            values.extend(single.filter_map(|(_, value)| value.as_deref()));
        }
        match values.as_slice() {
            [] => Err("no credential"),
            [value] => Ok(without_scheme(value.trim())),
            _ => Err("more than one credential"),
        }
    }

    /// Every method of the stage: `arn:aws:execute-api:<region>:<account>:<api>/<stage>/*`.
    fn stage(&self) -> Option<String> {
        let mut parts = self.0.method_arn.as_deref()?.splitn(3, '/');
        let (api, stage) = (parts.next()?, parts.next()?);
        parts.next().map(|_| format!("{api}/{stage}/*"))
    }
}

fn without_scheme(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim_start(),
        _ => value,
    }
}

/// The answer: a policy, the context that the functions get, and the key of a usage plan, which they do not get.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    principal_id: String,
    policy_document: Policy,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<IdentityContext>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_identifier_key: Option<PlanKey>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: &'static str,
    resource: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct IdentityContext {
    tenant_id: String,
    principal_id: String,
    /// Separated by blanks: a context holds no lists.
    scopes: String,
}

impl Answer {
    pub(crate) fn allow(event: &AuthorizeEvent, identity: &Identity, plan_key: Option<PlanKey>) -> Result<Self, Error> {
        let stage = event.stage().ok_or_else(|| Error::Internal {
            doing: "authorising a request",
            source: "the event names no method of an API".into(),
        })?;
        let context = IdentityContext {
            tenant_id: identity.tenant.to_string(),
            principal_id: identity.principal.to_string(),
            scopes: identity.scopes.names().join(" "),
        };
        let policy_document = Policy::new("Allow", stage);
        Ok(Self {
            principal_id: identity.principal.to_string(),
            policy_document,
            context: Some(context),
            usage_identifier_key: plan_key,
        })
    }

    pub(crate) fn deny(event: &AuthorizeEvent) -> Self {
        let stage = event.stage().unwrap_or_else(|| "*".to_owned());
        Self {
            principal_id: "unknown".to_owned(),
            policy_document: Policy::new("Deny", stage),
            context: None,
            usage_identifier_key: None,
        }
    }
}

impl Policy {
    fn new(effect: &'static str, resource: String) -> Self {
        let statement = Statement { action: "execute-api:Invoke", effect, resource };
        Self { version: "2012-10-17", statement: [statement] }
    }
}
