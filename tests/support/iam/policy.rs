//! Evaluates IAM policies, as far as the template's go: an element, operator or variable that it does not know ends the
//! test, so that no statement is read for more or less than it says.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What a principal wants to do.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub action: String,
    pub resource: String,
    /// The condition keys of the request. A key without values is not there.
    pub context: BTreeMap<String, Vec<String>>,
}

impl Call {
    pub fn new(action: &str, resource: &str) -> Self {
        Self { action: action.to_owned(), resource: resource.to_owned(), context: BTreeMap::new() }
    }

    pub fn with(mut self, key: &str, values: &[&str]) -> Self {
        self.context.insert(key.to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
        self
    }

    fn values(&self, key: &str) -> &[String] {
        self.context.get(key).map_or(&[], Vec::as_slice)
    }
}

/// The statements of a policy document.
#[derive(Debug, Clone)]
pub struct Policy(Vec<Map<String, Value>>);

/// What policies say about a call together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it, whatever others allow.
    Denied,
}

impl Policy {
    /// Reads a document.
    pub fn parse(document: &Value) -> Self {
        assert_eq!(document["Version"], "2012-10-17", "variables need this version");
        let statements = document["Statement"].as_array().unwrap();
        Self(statements.iter().map(|statement| statement.as_object().unwrap().clone()).collect())
    }

    /// The policies as one.
    pub fn all<'a>(policies: impl IntoIterator<Item = &'a Self>) -> Self {
        Self(policies.into_iter().flat_map(|policy| policy.0.clone()).collect())
    }

    pub fn judge(&self, call: &Call) -> Verdict {
        let mut verdict = Verdict::NotAllowed;
        for statement in self.0.iter().filter(|statement| applies(statement, call)) {
            match statement["Effect"].as_str().unwrap() {
                "Deny" => return Verdict::Denied,
                "Allow" => verdict = Verdict::Allowed,
                effect => panic!("{effect} is no effect"),
            }
        }
        verdict
    }
}

fn applies(statement: &Map<String, Value>, call: &Call) -> bool {
    for element in statement.keys() {
        let known = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
        assert!(known.contains(&element.as_str()), "{element} is not known to the evaluator");
    }
    // Actions know no case, resources do.
    let action = call.action.to_lowercase();
    texts(&statement["Action"]).iter().any(|pattern| matches(&pattern.to_lowercase(), &action))
        && texts(&statement["Resource"])
            .iter()
            .any(|pattern| filled(pattern, call).is_some_and(|pattern| matches(&pattern, &call.resource)))
        && statement.get("Condition").is_none_or(|condition| holds(condition, call))
}

/// All operators and all keys must hold.
fn holds(condition: &Value, call: &Call) -> bool {
    let operators = condition.as_object().unwrap();
    operators.iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, operands)| key_holds(operator, key, &texts(operands), call))
    })
}

fn key_holds(operator: &str, key: &str, operands: &[String], call: &Call) -> bool {
    let values = call.values(key);
    let any = |value: &String, test: fn(&str, &str) -> bool| {
        operands.iter().any(|operand| filled(operand, call).is_some_and(|operand| test(&operand, value)))
    };
    let equal: fn(&str, &str) -> bool = |operand, value| operand == value;
    match operator {
        // The key is there with one value, which fits one of the operands.
        "StringEquals" | "Bool" => single(key, values).is_some_and(|value| any(value, equal)),
        "StringLike" | "ArnEquals" | "ArnLike" => single(key, values).is_some_and(|value| any(value, matches)),
        // Holds where the key is missing.
        "StringNotEquals" => single(key, values).is_none_or(|value| !any(value, equal)),
        // Holds where the key is missing: hence a guard by `Null`.
        "ForAllValues:StringLike" => values.iter().all(|value| any(value, matches)),
        "ForAllValues:StringEquals" => values.iter().all(|value| any(value, equal)),
        "Null" => operands.iter().all(|operand| operand.parse::<bool>().unwrap() == values.is_empty()),
        other => panic!("{other} is not known to the evaluator"),
    }
}

fn single<'a>(key: &str, values: &'a [String]) -> Option<&'a String> {
    assert!(values.len() < 2, "{key} has several values, which needs ForAllValues or ForAnyValue");
    values.first()
}

/// Replaces the variables by the call's; `None`, which matches nothing, if one is not there.
fn filled(pattern: &str, call: &Call) -> Option<String> {
    let Some((before, rest)) = pattern.split_once("${") else { return Some(pattern.to_owned()) };
    let (variable, after) = rest.split_once('}').unwrap();
    let value = single(variable, call.values(variable))?;
    assert!(
        !value.contains(['*', '?']),
        "a wildcard in a variable is taken literally, which the evaluator does not know"
    );
    Some(format!("{before}{value}{}", filled(after, call)?))
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(value) => vec![value.to_string()],
        other => panic!("{other} is no text"),
    }
}

/// Whether a text matches a pattern of IAM: `*` is any text, `?` any one character.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(&pattern[1..], &text[at..])),
        Some(first) => text.chars().next().is_some_and(|c| {
            (first == '?' || first == c) && matches(&pattern[first.len_utf8()..], &text[c.len_utf8()..])
        }),
    }
}
