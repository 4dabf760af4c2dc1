//! The template's roles and policies, with its references filled in as CloudFormation would.

use std::collections::BTreeMap;

use local::stack::{BUCKET, KEYS_TABLE, TABLE, TENANTS_TABLE};
use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

use super::policy::Policy;

const ACCOUNT: &str = "111122223333";

/// The policies of the template.
pub struct Template {
    resources: Map<String, Value>,
}

/// Returns the ARN of a table.
pub fn table(name: &str) -> String {
    format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}")
}

/// Returns the ARN of the bucket, or of an object in it.
pub fn bucket(key: Option<&str>) -> String {
    key.map_or(format!("arn:aws:s3:::{BUCKET}"), |key| format!("arn:aws:s3:::{BUCKET}/{key}"))
}

impl Template {
    /// Reads a template: anchors and merges resolved, conditions decided, references filled in.
    pub fn parse(text: &str) -> Self {
        let mut yaml: Yaml = serde_yaml_ng::from_str(text).unwrap();
        yaml.apply_merge().unwrap();
        let Value::Object(resources) = plain(&yaml["Resources"]) else { panic!("resources are a map") };
        Self { resources }
    }

    /// What the policy with this name allows by itself.
    pub fn managed_policy(&self, name: &str) -> Policy {
        Policy::parse(&self.resources[name]["Properties"]["PolicyDocument"])
    }

    /// All identity policies of a role: its own, and those that are attached to it.
    pub fn role(&self, name: &str) -> Policy {
        let properties = &self.resources[name]["Properties"];
        let own = properties["Policies"].as_array().into_iter().flatten();
        let own = own.map(|policy| Policy::parse(&policy["PolicyDocument"]));
        let named = properties["ManagedPolicyArns"].as_array().into_iter().flatten();
        let named = named.map(|arn| self.managed_policy(arn.as_str().unwrap()));
        let attached = self.resources.iter().filter(|(_, resource)| {
            let roles = resource["Properties"]["Roles"].as_array();
            resource["Type"] == "AWS::IAM::ManagedPolicy" && roles.is_some_and(|roles| roles.contains(&name.into()))
        });
        let attached = attached.map(|(name, _)| self.managed_policy(name));
        let policies: Vec<_> = own.chain(named).chain(attached).collect();
        Policy::all(&policies)
    }

    /// Who may assume a role, and how. The resource of such a statement is the role.
    pub fn trust(&self, role: &str) -> Vec<Value> {
        let document = &self.resources[role]["Properties"]["AssumeRolePolicyDocument"];
        document["Statement"].as_array().unwrap().clone()
    }

    /// The policy of the bucket.
    pub fn bucket_policy(&self) -> Policy {
        Policy::parse(&self.resources["FilesPolicy"]["Properties"]["PolicyDocument"])
    }

    /// The functions, by their folder: `create-order` is `CreateOrder`.
    pub fn functions(&self) -> BTreeMap<String, String> {
        let functions = self.resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
        let stem = |name: &String| name.strip_suffix("Function").unwrap().to_owned();
        functions.map(|(name, _)| (kebab_case(&stem(name)), stem(name))).collect()
    }

    /// Whether there is a resource of this name.
    pub fn has(&self, name: &str) -> bool {
        self.resources.contains_key(name)
    }
}

fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab
}

/// Decides the conditions that matter here; the others are of no interest to a policy.
fn condition(name: &str) -> bool {
    name == "IsolatesTenants"
}

/// A value of the template as CloudFormation would give it to IAM. `Null` is a value that is not there.
fn plain(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(*value),
        Yaml::Number(number) => number.as_f64().unwrap().to_string().into(),
        Yaml::String(text) => text.clone().into(),
        Yaml::Sequence(values) => values.iter().map(plain).filter(|value| !value.is_null()).collect(),
        Yaml::Mapping(map) => {
            let pairs = map.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), plain(value)));
            Value::Object(pairs.collect())
        }
        Yaml::Tagged(tagged) => intrinsic(&tagged.tag.to_string(), &tagged.value),
    }
}

fn intrinsic(function: &str, argument: &Yaml) -> Value {
    match function {
        "!If" => plain(&argument[if condition(argument[0].as_str().unwrap()) { 1 } else { 2 }]),
        "!Ref" => reference(argument.as_str().unwrap()),
        "!GetAtt" => attribute(argument.as_str().unwrap()).into(),
        "!Sub" => argument.as_str().map_or(Value::from("(a text with values of its own)"), |text| filled(text).into()),
        // Of no interest to a policy.
        _ => Value::from(format!("({function})")),
    }
}

fn reference(name: &str) -> Value {
    match name {
        "AWS::NoValue" => Value::Null,
        "AWS::AccountId" => ACCOUNT.into(),
        name => name.into(),
    }
}

fn attribute(path: &str) -> String {
    match path {
        "Table.Arn" => table(TABLE),
        "TenantsTable.Arn" => table(TENANTS_TABLE),
        "KeysTable.Arn" => table(KEYS_TABLE),
        "Files.Arn" => bucket(None),
        path => format!("arn:of:{path}"),
    }
}

/// Replaces `${Resource.Attribute}`; `${!name}` is a variable of IAM.
fn filled(text: &str) -> String {
    let Some((before, rest)) = text.split_once("${") else { return text.to_owned() };
    let (name, after) = rest.split_once('}').unwrap();
    let value = match name.strip_prefix('!') {
        Some(variable) => format!("${{{variable}}}"),
        None if name.contains("::") => reference(name).as_str().unwrap().to_owned(),
        None if name.contains('.') => attribute(name),
        None => name.to_owned(),
    };
    format!("{before}{value}{}", filled(after))
}
