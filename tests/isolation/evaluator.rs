//! The evaluator, by cases of AWS's documentation: how policies are evaluated (several statements, explicit deny), the
//! operators for keys with many values and for missing keys, and variables.

use serde_json::{Value, json};

use crate::support::iam::policy::{Call, Policy, Verdict};

const ITEM: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/orders";

fn policy(statements: &Value) -> Policy {
    Policy::parse(&json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// A policy of one statement that allows GetItem on this condition.
fn allow_if(condition: &Value) -> Policy {
    policy(&json!([{ "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": ITEM, "Condition": condition }]))
}

fn get(keys: &[&str]) -> Call {
    let call = Call::new("dynamodb:GetItem", ITEM).with("aws:PrincipalTag/tenant", &["ACME"]);
    if keys.is_empty() { call } else { call.with("dynamodb:LeadingKeys", keys) }
}

#[test]
fn statements_add_up_and_an_explicit_deny_wins() {
    let read = json!({ "Effect": "Allow", "Action": "dynamodb:Get*", "Resource": ITEM });
    let write = json!({ "Effect": "Allow", "Action": ["dynamodb:PutItem"], "Resource": "*" });
    let deny = json!({ "Effect": "Deny", "Action": "dynamodb:*", "Resource": ITEM });
    let call = |action| Call::new(action, ITEM);
    for (statements, action, want) in [
        (json!([]), "dynamodb:GetItem", Verdict::NotAllowed),
        (json!([read]), "dynamodb:GetItem", Verdict::Allowed),
        (json!([read]), "dynamodb:getitem", Verdict::Allowed),
        (json!([read]), "dynamodb:PutItem", Verdict::NotAllowed),
        (json!([read, write]), "dynamodb:PutItem", Verdict::Allowed),
        (json!([read, write, deny]), "dynamodb:PutItem", Verdict::Denied),
        (json!([deny, read, write]), "dynamodb:GetItem", Verdict::Denied),
        (json!([read, write, deny]), "s3:GetObject", Verdict::NotAllowed),
    ] {
        assert_eq!(policy(&statements).judge(&call(action)), want, "{action} by {statements}");
    }
    // A resource knows case, and must be matched whole.
    assert_eq!(policy(&json!([read])).judge(&Call::new("dynamodb:GetItem", &ITEM.to_uppercase())), Verdict::NotAllowed);
    let index = Call::new("dynamodb:GetItem", &format!("{ITEM}/index/gsi1"));
    assert_eq!(policy(&json!([read])).judge(&index), Verdict::NotAllowed);
}

#[test]
fn for_all_values_holds_for_every_key_and_for_none() {
    let leading =
        allow_if(&json!({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["T#${aws:PrincipalTag/tenant}#*"] } }));
    for (keys, want) in [
        (vec!["T#ACME#O#1"], true),
        (vec!["T#ACME#O#1", "T#ACME#O#2"], true),
        (vec!["T#ACME#O#1", "T#GLOBEX#O#2"], false),
        (vec!["T#GLOBEX#O#1"], false),
        (vec!["T#ACME_BANK#O#1"], false),
        (vec!["T#ACME"], false),
        (vec!["t#acme#O#1"], false),
        // The trap: without the key, there is no value that does not match.
        (vec![], true),
    ] {
        assert_eq!(leading.judge(&get(&keys)) == Verdict::Allowed, want, "{keys:?}");
    }
}

#[test]
fn a_null_guard_asks_whether_the_key_is_there() {
    let guarded = allow_if(&json!({
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["T#${aws:PrincipalTag/tenant}#*"] },
        "Null": { "dynamodb:LeadingKeys": "false" },
    }));
    assert_eq!(guarded.judge(&get(&["T#ACME#O#1"])), Verdict::Allowed);
    assert_eq!(guarded.judge(&get(&[])), Verdict::NotAllowed);
    assert_eq!(guarded.judge(&get(&["T#GLOBEX#O#1"])), Verdict::NotAllowed);
    let absent = allow_if(&json!({ "Null": { "dynamodb:LeadingKeys": "true" } }));
    assert_eq!(absent.judge(&get(&[])), Verdict::Allowed);
    assert_eq!(absent.judge(&get(&["T#ACME#O#1"])), Verdict::NotAllowed);
}

#[test]
fn an_operator_for_one_value_fails_without_it_unless_it_negates() {
    for (condition, present, absent) in [
        (json!({ "StringEquals": { "k": "v" } }), true, false),
        (json!({ "StringEquals": { "k": ["u", "v"] } }), true, false),
        (json!({ "StringLike": { "k": "?" } }), true, false),
        (json!({ "StringLike": { "k": "?*" } }), true, false),
        (json!({ "StringLike": { "k": "v?" } }), false, false),
        (json!({ "ArnEquals": { "k": "*" } }), true, false),
        (json!({ "Bool": { "k": "true" } }), false, false),
        (json!({ "StringNotEquals": { "k": "v" } }), false, true),
        (json!({ "StringNotEquals": { "k": ["u", "w"] } }), true, true),
        (json!({ "ForAllValues:StringEquals": { "k": ["v"] } }), true, true),
        // All operators must hold.
        (json!({ "StringEquals": { "k": "v" }, "StringLike": { "k": "w*" } }), false, false),
    ] {
        let policy = allow_if(&condition);
        let judge = |call: Call| policy.judge(&call) == Verdict::Allowed;
        assert_eq!(judge(get(&[]).with("k", &["v"])), present, "{condition}");
        assert_eq!(judge(get(&[])), absent, "{condition} without the key");
    }
}

#[test]
fn a_variable_that_is_not_there_matches_nothing() {
    let own = json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/t/${aws:PrincipalTag/tenant}/*" }]);
    for (tag, key, want) in [
        (Some("ACME"), "t/ACME/inbox/kits.txt", true),
        (Some("ACME"), "t/ACME_BANK/inbox/kits.txt", false),
        (Some("ACME_BANK"), "t/ACME/inbox/kits.txt", false),
        (None, "t//inbox/kits.txt", false),
        (None, "t/${aws:PrincipalTag/tenant}/inbox/kits.txt", false),
    ] {
        let call = Call::new("s3:GetObject", &format!("arn:aws:s3:::b/{key}"));
        let call = tag.into_iter().fold(call, |call, tag| call.with("aws:PrincipalTag/tenant", &[tag]));
        assert_eq!(policy(&own).judge(&call) == Verdict::Allowed, want, "{tag:?} {key}");
    }
}

#[test]
fn what_it_does_not_know_ends_the_test() {
    for statement in [
        json!({ "Effect": "Allow", "NotAction": "s3:*", "Action": "*", "Resource": "*" }),
        json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } } }),
        json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringEqualsIfExists": { "k": "v" } } }),
        json!({ "Effect": "Maybe", "Action": "*", "Resource": "*" }),
    ] {
        let policy = policy(&json!([statement]));
        assert!(std::panic::catch_unwind(|| policy.judge(&get(&[]))).is_err(), "{statement}");
    }
}
