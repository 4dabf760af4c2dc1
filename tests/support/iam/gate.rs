//! A gate in the SDK's connector: what AWS would answer by 403 never reaches the store or the bucket, and ends the test.
//!
//! It sees what AWS sees: the signed request, with the session's token, which in the local stack is the tenant. Besides, it
//! knows which function is at work. Every request must be allowed to this function for this tenant, and to no other tenant.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex, PoisonError};

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::policy::{Call, Policy, Verdict};
use super::request::{calls, index_keys};
use super::template::Template;
use crate::support::read;

/// Tenants whose data nobody else may reach; two of them begin like another.
const OTHERS: [&str; 5] = ["ACME", "ACME_BANK", "ACME_BANK_2", "GLOBEX", "T"];

/// What was not allowed, with the address that it was sent to.
static VIOLATIONS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Fails the test that drops it, if a function sent these addresses what its policies do not allow.
pub struct Guard([String; 2]);

impl Guard {
    pub fn of(addresses: [SocketAddr; 2]) -> Self {
        Self(addresses.map(|at| at.to_string()))
    }

    /// Takes out what was sent and not allowed.
    pub fn take(&self) -> Vec<String> {
        let mut violations = VIOLATIONS.lock().unwrap_or_else(PoisonError::into_inner);
        violations.extract_if(.., |(at, _)| self.0.contains(at)).map(|(_, violation)| violation).collect()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let violations = self.take();
        assert!(violations.is_empty() || std::thread::panicking(), "{violations:#?}");
    }
}

/// A client whose requests are judged before they are sent.
#[derive(Debug, Clone)]
pub struct Gate(SharedHttpClient);

impl Gate {
    /// A gate before another client.
    pub fn before(client: impl HttpClient + 'static) -> SharedHttpClient {
        SharedHttpClient::new(Self(SharedHttpClient::new(client)))
    }
}

impl HttpClient for Gate {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }
}

#[derive(Debug)]
struct Connector(SharedHttpConnector);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(violation) = violation(&request) else { return self.0.call(request) };
        let address = request.uri().split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        eprintln!("not allowed: {violation}");
        VIOLATIONS.lock().unwrap_or_else(PoisonError::into_inner).push((address.to_owned(), violation));
        let body = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not allowed"}"#;
        HttpConnectorFuture::ready(Ok(HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body))))
    }
}

/// Why a request is not allowed.
fn violation(request: &HttpRequest) -> Option<String> {
    let tenant = request.headers().get("x-amz-security-token");
    let function = local::calling::function();
    for call in calls(request) {
        let found = match tenant {
            Some(tenant) => STACK.refuses_session(function, tenant, &call),
            None => STACK.refuses_role(function, &call),
        };
        if let Some(why) = found {
            return Some(format!(
                "{} of {} by {function:?} for {tenant:?}: {why}: {:?}",
                call.action, call.resource, call.context
            ));
        }
    }
    let beginning = format!("T#{}#", tenant?);
    let foreign = index_keys(request).into_iter().find(|key| !key.starts_with(&beginning))?;
    Some(format!("a row of an index is written for another than {beginning}: {foreign}"))
}

/// The policies of a stack: what its functions may do.
pub struct Stack {
    pub data_role: Policy,
    pub bucket: Policy,
    /// By function: its own role, and its session policy if it reaches tenants' data.
    pub functions: BTreeMap<String, (Policy, Option<Policy>)>,
}

/// The policies of the template.
pub static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::of(&Template::parse(&read("template.yaml"))));

impl Stack {
    pub fn of(template: &Template) -> Self {
        let function = |(name, stem): (String, String)| {
            let session = format!("{stem}Data");
            let session = template.has(&session).then(|| template.managed_policy(&session));
            (name, (template.role(&format!("{stem}Role")), session))
        };
        Self {
            data_role: template.role("DataRole"),
            bucket: template.bucket_policy(),
            functions: template.functions().into_iter().map(function).collect(),
        }
    }

    /// The functions that may be at work: all of them, if it is not known.
    fn at_work(&self, function: Option<&str>) -> Vec<&(Policy, Option<Policy>)> {
        match function {
            Some(function) => vec![&self.functions[function]],
            None => self.functions.values().collect(),
        }
    }

    /// Why a function with its own role may not do this.
    fn refuses_role(&self, function: Option<&str>, call: &Call) -> Option<String> {
        let is_allowed = self.at_work(function).iter().any(|(role, _)| self.allows(&[role], call));
        (!is_allowed).then(|| "its own role does not allow it".to_owned())
    }

    /// Why a function may not do this in a tenant's session, or may in another's.
    fn refuses_session(&self, function: Option<&str>, tenant: &str, call: &Call) -> Option<String> {
        let at_work = self.at_work(function);
        let is_allowed = |tenant: &str| {
            at_work
                .iter()
                .filter_map(|(_, session)| session.as_ref())
                .any(|session| self.session_allows(session, tenant, call))
        };
        if !is_allowed(tenant) {
            return Some("its session does not allow it".to_owned());
        }
        let other = OTHERS.iter().find(|other| **other != tenant && is_allowed(other));
        other.map(|other| format!("{other} may, too"))
    }

    /// Whether a session for a tenant with this policy may do this: the data role and the session policy have a say.
    pub fn session_allows(&self, session: &Policy, tenant: &str, call: &Call) -> bool {
        self.allows(&[&self.data_role, session], &call.clone().with("aws:PrincipalTag/tenant", &[tenant]))
    }

    /// Whether all of these policies allow a call, and the bucket's policy does not deny it.
    pub fn allows(&self, policies: &[&Policy], call: &Call) -> bool {
        let call = call.clone().with("aws:SecureTransport", &["true"]);
        let is_denied = call.action.starts_with("s3:") && self.bucket.judge(&call) == Verdict::Denied;
        !is_denied && policies.iter().all(|policy| policy.judge(&call) == Verdict::Allowed)
    }
}
