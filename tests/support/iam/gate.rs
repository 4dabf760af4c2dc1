//! A gate in the SDK's connector: what AWS would answer by 403 never reaches the store or the bucket, and ends the test.
//!
//! It sees what AWS sees: the signed request, with the session's token, which in the local stack is the tenant. Besides, it
//! knows which function is at work. Every request must be allowed to this function for this tenant, and to no other tenant.

use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::policy::{Call, Policy, Verdict};
use super::request::{calls, index_keys};
use super::template::TEMPLATE;

/// Tenants whose data nobody else may reach; two of them begin like another.
const OTHERS: [&str; 5] = ["ACME", "ACME_BANK", "ACME_BANK_2", "GLOBEX", "T"];

/// What was not allowed, with the address that it was sent to.
static VIOLATIONS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Returns what was sent to these addresses and not allowed.
pub fn violations(addresses: &[String]) -> Vec<String> {
    let violations = VIOLATIONS.lock().unwrap_or_else(PoisonError::into_inner);
    violations.iter().filter(|(at, _)| addresses.contains(at)).map(|(_, violation)| violation.clone()).collect()
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
            Some(tenant) => of_session(function, tenant, &call),
            None => of_role(function, &call),
        };
        if let Some(why) = found {
            return Some(format!("{} of {} by {function:?} for {tenant:?}: {why}: {:?}", call.action, call.resource, call.context));
        }
    }
    let beginning = format!("T#{}#", tenant?);
    let foreign = index_keys(request).into_iter().find(|key| !key.starts_with(&beginning))?;
    Some(format!("a row of an index is written for another than {beginning}: {foreign}"))
}

/// Why a function with its own role may not do this.
fn of_role(function: Option<&str>, call: &Call) -> Option<String> {
    let allowed = |stem: &String| judge(&TEMPLATE.role(&format!("{stem}Role")), call) == Verdict::Allowed;
    let functions = TEMPLATE.functions();
    let is_allowed = match function {
        Some(function) => allowed(&functions[function]),
        None => functions.values().any(allowed),
    };
    (!is_allowed).then(|| "its own role does not allow it".to_owned())
}

/// Why a function may not do this in a tenant's session, or may in another's.
fn of_session(function: Option<&str>, tenant: &str, call: &Call) -> Option<String> {
    let functions = TEMPLATE.functions();
    let stems: Vec<&String> = match function {
        Some(function) => vec![&functions[function]],
        None => functions.values().collect(),
    };
    let is_allowed = |tenant: &str| stems.iter().any(|stem| session_allows(stem, tenant, call));
    if !is_allowed(tenant) {
        return Some("its session does not allow it".to_owned());
    }
    OTHERS.iter().find(|other| **other != tenant && is_allowed(other)).map(|other| format!("{other} may, too"))
}

/// Whether a function may do this in a session for a tenant: the data role, the session policy and the bucket's policy all
/// have a say.
pub fn session_allows(stem: &str, tenant: &str, call: &Call) -> bool {
    let name = format!("{stem}Data");
    if !TEMPLATE.resources().contains_key(&name) {
        return false;
    }
    allows(&TEMPLATE.role("DataRole"), &TEMPLATE.managed_policy(&name), tenant, call)
}

/// Whether a session that these policies make allows a call.
pub fn allows(role: &Policy, session: &Policy, tenant: &str, call: &Call) -> bool {
    let call = call.clone().with("aws:PrincipalTag/tenant", &[tenant]);
    [role, session].iter().all(|policy| judge(policy, &call) == Verdict::Allowed)
}

/// Judges a call by identity policies and, if it is to the bucket, by what the bucket's policy denies.
fn judge(policy: &Policy, call: &Call) -> Verdict {
    let call = call.clone().with("aws:SecureTransport", &["true"]);
    if call.action.starts_with("s3:") && TEMPLATE.bucket_policy().judge(&call) == Verdict::Denied {
        return Verdict::Denied;
    }
    policy.judge(&call)
}
