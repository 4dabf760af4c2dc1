//! The resources of a CloudFormation stack.

use shared::domain::RuleError;

use crate::signed::{SignedCaller, elements};

/// A resource of a stack.
#[derive(Debug)]
pub(crate) struct Resource {
    /// Its name in the template.
    pub(crate) logical: String,
    /// Its name, ARN or URL.
    pub(crate) physical: String,
    /// `AWS::DynamoDB::Table`.
    pub(crate) kind: String,
    /// `UPDATE_COMPLETE`.
    pub(crate) status: String,
}

/// Parses the name of a stack.
pub(crate) fn name(text: &str) -> Result<String, RuleError> {
    let is_name = (1..=128).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then(|| text.to_owned()).ok_or(RuleError("must be the name of a stack: letters, digits and -"))
}

/// Lists the resources of a stack.
pub(crate) async fn resources(caller: &SignedCaller, stack: &str) -> Result<Vec<Resource>, String> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut question = vec![("Action", "ListStackResources"), ("Version", "2010-05-15"), ("StackName", stack)];
        question.extend(token.as_deref().map(|token| ("NextToken", token)));
        let answer = caller.query("cloudformation", &question).await?;
        found.extend(elements(&answer, "member").filter_map(resource));
        token = elements(&answer, "NextToken").next().map(str::to_owned);
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// A resource that was not created has no physical name.
fn resource(xml: &str) -> Option<Resource> {
    let text = |name: &str| elements(xml, name).next().map(|text| text.replace("&amp;", "&"));
    Some(Resource {
        logical: text("LogicalResourceId")?,
        physical: text("PhysicalResourceId").unwrap_or_default(),
        kind: text("ResourceType")?,
        status: text("ResourceStatus")?,
    })
}
