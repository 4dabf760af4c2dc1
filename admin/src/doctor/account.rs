//! The other parts of a deployment in an account: bucket, queues, functions, alarms, secrets, pipe.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;
use shared::domain::TenantSettings;

use super::check::PartCheck;
use crate::signed::{SignedCaller, elements};
use crate::stack::Resource;
use crate::target::Target;

/// Alarms that one question may name.
const ALARMS_AT_ONCE: usize = 100;

/// Looks at every resource that is more than a rule.
pub(crate) async fn checks(
    target: &Target,
    caller: &SignedCaller,
    stack: &str,
    resources: &[Resource],
) -> Vec<PartCheck> {
    let (s3, sqs, secrets) = (target.s3(), target.sqs(), target.secrets_manager());
    let of_kind = |kind: &'static str| resources.iter().filter(move |resource| resource.kind == kind);
    let unfinished = resources.iter().filter(|resource| !resource.status.ends_with("_COMPLETE"));
    let mut checks: Vec<PartCheck> =
        unfinished.map(|resource| PartCheck::failed(&resource.logical, &resource.status)).collect();
    for Resource { physical, .. } in of_kind("AWS::S3::Bucket") {
        let head = s3.head_bucket().bucket(physical).send().await;
        checks.push(PartCheck::of(
            format!("bucket {physical}"),
            head.map(|_| "can be reached").map_err(|error| why(&error)),
        ));
    }
    for Resource { logical, physical, .. } in of_kind("AWS::SQS::Queue") {
        let asked = sqs.get_queue_attributes().queue_url(physical);
        let found = asked.attribute_names(QueueAttributeName::ApproximateNumberOfMessages).send().await;
        let waiting = found.map_err(|error| why(&error)).map(|found| {
            let count = found.attributes().and_then(|all| all.get(&QueueAttributeName::ApproximateNumberOfMessages));
            count.and_then(|count| count.parse().ok()).unwrap_or_default()
        });
        checks.push(PartCheck::of(format!("queue {logical}"), waiting.and_then(|waiting| queue(logical, waiting))));
    }
    let mut secret_ids = profile_secrets(target, stack).await;
    secret_ids.extend(of_kind("AWS::SecretsManager::Secret").map(|resource| resource.physical.clone()));
    for Resource { physical, .. } in of_kind("AWS::Lambda::Function") {
        let path = format!("/2015-03-31/functions/{physical}/configuration");
        let found = caller.get("lambda", &path).await;
        secret_ids.extend(found.iter().flat_map(secrets_of));
        checks.push(PartCheck::of(format!("function {physical}"), found.and_then(|found| function(&found))));
    }
    for id in secret_ids {
        let found = secrets.describe_secret().secret_id(&id).send().await.map_err(|error| why(&error));
        let found = found.and_then(|found| match found.deleted_date() {
            None => Ok("is there"),
            Some(_) => Err("is about to be deleted".to_owned()),
        });
        checks.push(PartCheck::of(format!("secret {}", id.rsplit(':').next().unwrap_or_default()), found));
    }
    for Resource { physical, .. } in of_kind("AWS::Pipes::Pipe") {
        let found = caller.get("pipes", &format!("/v1/pipes/{physical}")).await;
        let found = found.and_then(|found| state(&found["CurrentState"], "RUNNING"));
        checks.push(PartCheck::of(format!("pipe {physical}"), found));
    }
    let alarms: Vec<&str> = of_kind("AWS::CloudWatch::Alarm").map(|resource| resource.physical.as_str()).collect();
    for names in alarms.chunks(ALARMS_AT_ONCE) {
        checks.extend(self::alarms(caller, names).await);
    }
    checks
}

/// What waits in a dead-letter queue has failed for good.
fn queue(logical: &str, waiting: u64) -> Result<String, String> {
    match waiting {
        0 => Ok("empty".to_owned()),
        waiting if logical.contains("DeadLetter") => Err(format!("messages that failed for good: {waiting}")),
        waiting => Ok(format!("messages that wait: {waiting}")),
    }
}

fn function(found: &Value) -> Result<String, String> {
    // A function that has not been called for weeks is inactive, and the next call wakes it.
    let state = state(&found["State"], "Active").or_else(|_| state(&found["State"], "Inactive"))?;
    match found["LastUpdateStatus"].as_str() {
        None | Some("Successful") => Ok(state),
        Some(_) => Err("its last update is not complete".to_owned()),
    }
}

fn state(found: &Value, wanted: &str) -> Result<String, String> {
    match found.as_str() {
        Some(state) if state == wanted => Ok(state.to_lowercase()),
        Some(state) => Err(format!("is {}", state.to_lowercase())),
        None => Err("its state is not known".to_owned()),
    }
}

/// The secrets that a function's variables name; a variable may add which part of the secret it means.
fn secrets_of(function: &Value) -> Vec<String> {
    let variables = function["Environment"]["Variables"].as_object();
    let values = variables.into_iter().flat_map(|variables| variables.values()).filter_map(Value::as_str);
    let arns = values.filter(|value| value.starts_with("arn:") && value.contains(":secretsmanager:"));
    arns.map(|arn| arn.split(':').take(7).collect::<Vec<_>>().join(":")).collect()
}

/// The secrets of the CMS profiles that tenants' settings name. What cannot be read is among the checks of the tables.
async fn profile_secrets(target: &Target, stack: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let (Ok(store), Ok(list)) = (target.store(), target.tenant_list()) else { return ids };
    for tenant in list.tenants().await.unwrap_or_default() {
        if let Ok(Some(TenantSettings { cms_profile: Some(profile), .. })) = store.latest_settings(&tenant).await {
            ids.insert(format!("{stack}/cms/{profile}"));
        }
    }
    ids
}

async fn alarms(caller: &SignedCaller, names: &[&str]) -> Vec<PartCheck> {
    let parameters: Vec<String> = (1..=names.len()).map(|at| format!("AlarmNames.member.{at}")).collect();
    let mut question = vec![("Action", "DescribeAlarms"), ("Version", "2010-08-01"), ("MaxRecords", "100")];
    question.extend(parameters.iter().map(String::as_str).zip(names.iter().copied()));
    let answer = match caller.query("monitoring", &question).await {
        Ok(answer) => answer,
        Err(fault) => return vec![PartCheck::failed("alarms", fault)],
    };
    let states: Vec<(&str, &str)> = elements(&answer, "AlarmName").zip(elements(&answer, "StateValue")).collect();
    let check = |name: &&str| {
        let found = match states.iter().find(|(found, _)| found == name) {
            Some((_, "OK")) => Ok("quiet"),
            Some((_, "INSUFFICIENT_DATA")) => Ok("quiet, without data so far"),
            Some(_) => Err("in alarm"),
            None => Err("is missing"),
        };
        PartCheck::of(format!("alarm {name}"), found)
    };
    names.iter().map(check).collect()
}

/// Says why a call failed, without the answer's text, which may repeat what was sent.
fn why<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error.as_service_error().map(|error| error.code().unwrap_or("is missing, or not ours")) {
        Some(code) => code.to_owned(),
        None => "no answer".to_owned(),
    }
}
