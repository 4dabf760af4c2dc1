//! What the template's policies let through, and that careless variants of them would not pass.

use serde_json::json;

use crate::support::iam::gate::Stack;
use crate::support::iam::policy::{Call, Verdict};
use crate::support::iam::request::to_dynamodb;
use crate::support::iam::template::{Template, bucket};
use crate::support::read;

const TABLE: &str = local::stack::TABLE;

fn item(tenant: &str) -> String {
    format!("T#{tenant}#O#ORD-1")
}

/// The call of an operation on one item.
fn on_item(operation: &str, tenant: &str) -> Call {
    let key = json!({ "pk": { "S": item(tenant) }, "sk": { "S": "#" } });
    let name = if operation == "PutItem" { "Item" } else { "Key" };
    to_dynamodb(operation, &json!({ "TableName": TABLE, name: key })).remove(0)
}

fn query(index: Option<&str>, tenant: &str) -> Call {
    let (name, pk) =
        index.map_or(("pk".to_owned(), item(tenant)), |index| (format!("{index}pk"), format!("T#{tenant}#S#FAILED#0")));
    let body = json!({
        "TableName": TABLE, "IndexName": index, "KeyConditionExpression": format!("{name} = :pk"),
        "ExpressionAttributeValues": { ":pk": { "S": pk } },
    });
    to_dynamodb("Query", &body).remove(0)
}

fn object(action: &str, tenant: &str) -> Call {
    Call::new(action, &bucket(Some(&format!("t/{tenant}/pgk/2026/01/x.txt"))))
}

/// Everything that reaches for the data of a tenant.
fn reaching_for(tenant: &str) -> Vec<Call> {
    let table = |operation| to_dynamodb(operation, &json!({ "TableName": TABLE })).remove(0);
    let mut calls: Vec<_> =
        ["GetItem", "PutItem", "UpdateItem", "DeleteItem"].map(|operation| on_item(operation, tenant)).into();
    calls.extend([query(None, tenant), query(Some("gsi1"), tenant), query(Some("gsi2"), tenant)]);
    // No keys: all of the table, whoever asks.
    calls.extend(
        [
            "Scan",
            "BatchGetItem",
            "BatchWriteItem",
            "PartiQLSelect",
            "ExecuteStatement",
            "ExportTableToPointInTime",
            "DeleteTable",
        ]
        .map(table),
    );
    calls.push(to_dynamodb("Scan", &json!({ "TableName": TABLE, "IndexName": "gsi1" })).remove(0));
    calls.extend(
        ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"].map(|action| object(action, tenant)),
    );
    calls.push(Call::new("s3:ListBucket", &bucket(None)));
    calls
}

/// What is wrong with the policies of a template.
fn faults(text: &str) -> Vec<String> {
    let stack = Stack::of(&Template::parse(text));
    let mut faults = Vec::new();
    for (function, (role, session)) in &stack.functions {
        for call in reaching_for("ACME_BANK") {
            if stack.allows(&[role], &call) {
                faults.push(format!("{function}'s own role: {} of {}", call.action, call.resource));
            }
            let sessions = session
                .iter()
                .flat_map(|session| ["ACME", "ACME_BANK_2", "GLOBEX", "A"].map(|tenant| (session, tenant)));
            for (session, tenant) in sessions {
                if stack.session_allows(session, tenant, &call) {
                    faults.push(format!("{function} for {tenant}: {} of {}", call.action, call.resource));
                }
            }
        }
    }
    // A function that only reads does not write, not even for its own tenant.
    for function in ["fetch-status", "fetch-file", "received-orders"] {
        let session = stack.functions[function].1.as_ref().unwrap();
        for call in ["PutItem", "UpdateItem"].map(|operation| on_item(operation, "ACME_BANK")) {
            if stack.session_allows(session, "ACME_BANK", &call) {
                faults.push(format!("{function} writes"));
            }
        }
    }
    faults
}

#[test]
fn no_function_reaches_another_tenants_data_nor_any_without_a_session() {
    let found = faults(&read("template.yaml"));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn careless_variants_of_the_policies_are_found() {
    let template = read("template.yaml");
    let keys = r#"["T#${aws:PrincipalTag/tenant}#*"]"#;
    for (variant, right, wrong) in [
        ("no separator after the tenant", keys, r#"["T#${aws:PrincipalTag/tenant}*"]"#),
        ("any key", keys, r#"["T#*"]"#),
        ("no tag in the objects' prefix", "t/${!aws:PrincipalTag/tenant}/*", "t/*"),
        ("no separator after the prefix", "t/${!aws:PrincipalTag/tenant}/*", "t/${!aws:PrincipalTag/tenant}*"),
        ("one of the keys is enough", "ForAllValues:StringLike: { \"dynamodb", "ForAllValues:StringLike: { \"dynamo"),
        (
            "own roles reach the data",
            "!If [IsolatesTenants, !Ref AWS::NoValue, !Ref FetchStatusData]",
            "!Ref FetchStatusData",
        ),
    ] {
        let mutant = template.replace(right, wrong);
        assert_ne!(mutant, template, "{variant}");
        assert!(!faults(&mutant).is_empty(), "{variant}");
    }
    // Each alone does no harm, since an operation must be allowed and its keys may be missing.
    let scan = |text: &str| {
        let role = "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem]";
        let session = "Sid: FindOrdersByStatus\n            Effect: Allow\n            Action: dynamodb:Query";
        assert!(text.contains(role) && text.contains(session));
        let text = text.replace(role, "Action: dynamodb:*");
        text.replace(session, "Sid: FindOrdersByStatus\n            Effect: Allow\n            Action: dynamodb:*")
    };
    let guard = r#""Null": { "dynamodb:LeadingKeys": "false" }"#;
    assert!(faults(&scan(&template)).is_empty(), "the guard keeps a scan out, even where it is allowed");
    assert!(!faults(&scan(&template.replace(guard, ""))).is_empty(), "a scan without the guard");
    // A session without a policy of its function may do all that the data role may.
    let session = "      Description: What fetch-status may do with the tenants' data\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n";
    let all = "          - { Effect: Allow, Action: \"*\", Resource: \"*\" }\n";
    let mutant = template.replace(session, &format!("{session}{all}"));
    assert_ne!(mutant, template);
    assert!(!faults(&mutant).is_empty(), "no session policy");
}

#[test]
fn the_data_role_is_assumed_for_one_tenant_by_functions_that_need_it() {
    let template = Template::parse(&read("template.yaml"));
    let [statement] = template.trust("DataRole").try_into().unwrap();
    let (mut users, mut functions) = (Vec::new(), Vec::new());
    for arn in statement["Principal"]["AWS"].as_array().unwrap() {
        users.push(arn.as_str().unwrap().trim_start_matches("arn:of:").trim_end_matches("Role.Arn").to_owned());
    }
    for stem in template.functions().into_values() {
        let assume = Call::new("sts:AssumeRole", "arn:of:DataRole.Arn");
        let may = template.role(&format!("{stem}Role")).judge(&assume) == Verdict::Allowed;
        assert_eq!(may, template.has(&format!("{stem}Data")), "{stem}");
        functions.extend(may.then_some(stem));
    }
    users.sort();
    functions.sort();
    assert_eq!(users, functions);
    // The policy of trust has no resource: it is the role.
    let mut statement = statement;
    statement["Resource"] = "*".into();
    let trust =
        crate::support::iam::policy::Policy::parse(&json!({ "Version": "2012-10-17", "Statement": [statement] }));
    for (tags, want) in [
        (vec![("tenant", "ACME_BANK")], true),
        (vec![], false),
        (vec![("tenant", "")], false),
        (vec![("tenant", "ACME_BANK"), ("admin", "true")], false),
        (vec![("admin", "true")], false),
    ] {
        for action in ["sts:AssumeRole", "sts:TagSession"] {
            let names: Vec<&str> = tags.iter().map(|(name, _)| *name).collect();
            let call = tags.iter().fold(Call::new(action, "*"), |call, (name, value)| {
                call.with(&format!("aws:RequestTag/{name}"), &[value])
            });
            let verdict = trust.judge(&call.with("aws:TagKeys", &names));
            assert_eq!(verdict == Verdict::Allowed, want, "{action} {tags:?}");
        }
    }
}
