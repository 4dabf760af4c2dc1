//! The gateway's authorizer: calls `authorize` as API Gateway would, and keeps its answers for a minute.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use authorize::Authorizer;
use hyper::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Map, Value};
use shared::error::{Error, Source};

use crate::calling::work_of;

/// As the template says.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// Beyond it, answers that are too old are dropped.
const KEPT_MAX: usize = 1_000;

/// `authorize`, and its answers by the header `Authorization`.
#[derive(Debug)]
pub(crate) struct GatewayAuthorizer {
    authorizer: Authorizer,
    kept: Mutex<HashMap<Credential, (Instant, Identified)>>,
}

/// The values of the header.
type Credential = Vec<Vec<u8>>;

/// What the functions get to know about the caller; `None`: denied.
type Identified = Option<Map<String, Value>>;

impl GatewayAuthorizer {
    pub(crate) fn new(authorizer: Authorizer) -> Self {
        Self { authorizer, kept: Mutex::default() }
    }

    /// Adds what it finds out about the caller to the event of a request.
    pub(crate) async fn authorize(&self, headers: &HeaderMap, event: &mut Value) -> Result<(), Error> {
        let credential: Credential =
            headers.get_all(AUTHORIZATION).iter().map(|value| value.as_bytes().to_vec()).collect();
        // API Gateway does not ask without its identity source.
        if credential.is_empty() {
            return Err(Error::Unauthorized);
        }
        let verdict = match self.kept(&credential) {
            Some(verdict) => verdict,
            None => self.ask(credential, event).await?,
        };
        event["requestContext"]["authorizer"] = verdict.ok_or(Error::Unauthorized)?.into();
        Ok(())
    }

    fn kept(&self, credential: &[Vec<u8>]) -> Option<Identified> {
        let kept = self.kept.lock().ok()?;
        let (at, verdict) = kept.get(credential)?;
        (at.elapsed() < KEPT_FOR).then(|| verdict.clone())
    }

    async fn ask(&self, credential: Credential, event: &Value) -> Result<Identified, Error> {
        let failed = |source: Source| Error::Unavailable { doing: "asking the authorizer", source };
        let answer = async {
            let event = serde_json::from_str(&authorizer_event(event).to_string())?;
            let answer = work_of("authorize", authorize::handle(&self.authorizer, &event)).await?;
            Ok(serde_json::to_value(answer)?)
        };
        let verdict = verdict(&answer.await.map_err(failed)?);
        if let Ok(mut kept) = self.kept.lock() {
            if kept.len() >= KEPT_MAX {
                kept.retain(|_, (at, _)| at.elapsed() < KEPT_FOR);
            }
            kept.insert(credential, (Instant::now(), verdict.clone()));
        }
        Ok(verdict)
    }
}

/// The event of a request as a REQUEST authorizer gets it.
fn authorizer_event(event: &Value) -> Value {
    let mut event = event.clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (stage, method, path) =
        (text(&event["requestContext"]["stage"]), text(&event["httpMethod"]), text(&event["path"]));
    event["type"] = "REQUEST".into();
    event["methodArn"] = format!("arn:aws:execute-api:us-east-1:000000000000:local/{stage}/{method}{path}").into();
    event["body"] = Value::Null;
    event
}

fn verdict(answer: &Value) -> Identified {
    let is_allowed = answer["policyDocument"]["Statement"][0]["Effect"] == "Allow";
    let context = answer["context"].as_object().cloned().unwrap_or_default();
    is_allowed.then_some(context)
}
