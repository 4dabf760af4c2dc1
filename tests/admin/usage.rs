//! What is refused before anything is done, `--dry-run`, and help.

use std::collections::BTreeSet;

use super::{json, run, run_with};
use crate::support::Service;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_told_without_what_was_given() {
    let service = Service::start().await;
    let long = "A".repeat(65);
    let name = ["tenant", "add", "NEW", "--display-name"];
    for arguments in [
        &["tenant", "show", "4111 1111 1111 1111"][..],
        &["tenant", "show", "T#x"],
        &["tenant", "show", ""],
        &["tenant", "show", &long],
        &["tenant", "show", "ACME_BANK", "4111111111111111"],
        &["tenant", "show"],
        &["tenant", "4111111111111111"],
        &["tenant", "set", "ACME_BANK"],
        &["tenant", "set", "ACME_BANK", "--time-zone", "Mars/Olympus"],
        &["tenant", "set", "ACME_BANK", "--time-zone", "Etc/Unknown"],
        &["tenant", "set", "ACME_BANK", "--time-zone", "../../etc/passwd"],
        &["tenant", "set", "ACME_BANK", "--approval-above", "-1"],
        &["tenant", "set", "ACME_BANK", "--approval-above", "4111111111111111"],
        &["tenant", "set", "ACME_BANK", "--quantity-max", "0"],
        &["tenant", "set", "ACME_BANK", "--order-quantity-max", "1000001"],
        &["tenant", "set", "ACME_BANK", "--due-shards", "65"],
        &["tenant", "set", "ACME_BANK", "--cms-profile", ""],
        &["tenant", "set", "ACME_BANK", "--cms-profile", "../../passwd"],
        &["tenant", "set", "ACME_BANK", "--cms-profile", "two words"],
        &["tenant", "set", "ACME_BANK", "--cms-profile", "4111111111111111"],
        &["tenant", "set", "ACME_BANK", "--cms-profile", &long],
        &["tenant", "set", "ACME_BANK", "--4111111111111111"],
        &[name[0], name[1], name[2], name[3], "4111 1111 1111 1111"],
        &[name[0], name[1], name[2], name[3], "\u{1b}[31mred"],
        &[name[0], name[1], name[2], name[3], "\u{202E}reversed"],
        &[name[0], name[1], name[2], name[3], "   "],
        &["key", "issue", "--tenant", "ACME_BANK", "--principal", "two words", "--scopes", "read"],
        &["key", "issue", "--tenant", "ACME_BANK", "--principal", "4111111111111111", "--scopes", "read"],
        &["key", "issue", "--tenant", "ACME_BANK", "--principal", "p", "--scopes", "read,admin"],
        &["key", "issue", "--tenant", "ACME_BANK", "--principal", "p", "--scopes", ""],
        &["tenant", "list", "--aws"],
        &["tenant", "list", "--profile", "x"],
        &["4111111111111111"],
        &[],
    ] {
        let ran = run(&service, arguments).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        for given in ["4111", "\u{1b}[31m", "\u{202E}", "Mars", "passwd", "two words", long.as_str()] {
            assert!(!ran.err.contains(given), "{arguments:?}: {}", ran.err);
        }
    }
    for endpoint in ["8000", "ftp://127.0.0.1", "http://", "http://user:secret@127.0.0.1:1", "http://127.0.0.1:1/x"] {
        let ran = run_with(&["tenant", "list", "--endpoint", endpoint], &[], "").await;
        assert_eq!(ran.code, 2, "{endpoint}: {}", ran.err);
        assert!(!ran.err.contains("secret"), "{}", ran.err);
    }
    assert_eq!(json(&service, &["tenant", "list"]).await.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_is_not_there_is_a_failure() {
    let ran = run_with(&["tenant", "list", "--endpoint", "http://127.0.0.1:1", "--json"], &[], "").await;
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.starts_with("error: reading the list of tenants"), "{}", ran.err);
    assert!(ran.err.contains("cargo run"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_prints_the_conditional_write_and_writes_nothing() {
    let service = Service::start().await;
    let before = format!("{:?}", everything(&service).await);
    let issue = ["key", "issue", "--tenant", "ACME_BANK", "--principal", "p", "--scopes", "read"];
    for arguments in [
        &["tenant", "add", "NEW", "--display-name", "New"][..],
        &["tenant", "set", "ACME_BANK", "--approval-above", "never", "--due-shards", "16"],
        &["tenant", "disable", "ACME_BANK"],
        &["tenant", "enable", "ACME_BANK"],
        &issue,
    ] {
        let ran = run(&service, &[arguments, &["--dry-run", "--json"]].concat()).await;
        let written = ran.json();
        let parts = match written["TransactItems"].as_array() {
            Some(parts) => {
                parts.iter().map(|part| part.as_object().unwrap().values().next().unwrap().clone()).collect()
            }
            None => vec![written],
        };
        let first = &parts[0];
        assert!(first["ConditionExpression"].is_string(), "{arguments:?}: {}", ran.out);
        assert!(first["TableName"].as_str().unwrap().starts_with("card-orders"), "{}", ran.out);
        assert!(!ran.out.contains("\"key\"") && !ran.out.contains("co_"), "{}", ran.out);
    }
    let set = run(&service, &["--dry-run", "tenant", "set", "ACME_BANK", "--approval-above", "5"]).await;
    assert_eq!((set.code, set.err.as_str()), (0, "dry run: this UpdateItem is not sent\n"));
    let want = r##"{
  "ConditionExpression": "attribute_exists(#pk)",
  "ExpressionAttributeNames": {
    "#approvalAbove": "approvalAbove",
    "#pk": "pk"
  },
  "ExpressionAttributeValues": {
    ":0": {
      "N": "5"
    }
  },
  "Key": {
    "pk": {
      "S": "T#ACME_BANK#CFG"
    },
    "sk": {
      "S": "#"
    }
  },
  "ReturnConsumedCapacity": "TOTAL",
  "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
  "TableName": "card-orders",
  "UpdateExpression": "SET #approvalAbove = :0"
}
"##;
    assert_eq!(set.out, want);
    // Reads are answered as ever.
    assert_eq!(json(&service, &["tenant", "list", "--dry-run"]).await.as_array().unwrap().len(), 2);
    assert_eq!(format!("{:?}", everything(&service).await), before);
}

/// All items of all tables.
async fn everything(service: &Service) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for table in [local::stack::TABLE, local::stack::TENANTS_TABLE, local::stack::KEYS_TABLE] {
        let items = service.dynamodb().scan().table_name(table).send().await.unwrap();
        for item in items.items() {
            let mut attributes: Vec<_> = item.iter().map(|attribute| format!("{attribute:?}")).collect();
            attributes.sort();
            found.insert(format!("{table} {attributes:?}"));
        }
    }
    found
}

#[tokio::test]
async fn every_command_has_help_with_an_example() {
    let mut commands = vec![vec![]];
    let mut leaves = 0;
    while let Some(command) = commands.pop() {
        let ran = run_with(&[command.as_slice(), &["--help"]].concat(), &[], "").await;
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command:?}");
        let inner = ran.out.split_once("\nCommands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap().to_owned());
        for line in inner.iter().flat_map(|inner| inner.lines()) {
            let name: &str = Box::leak(line.split_whitespace().next().unwrap().to_owned().into_boxed_str());
            commands.push([command.as_slice(), &[name]].concat());
        }
        if inner.is_none() || command.is_empty() {
            let (_, example) = ran.out.split_once("Example:\n  cargo run -p admin -- ").expect(&ran.out);
            assert!(example.starts_with(&command.join(" ")), "{command:?}: {example}");
            leaves += 1;
        }
    }
    assert!(leaves > 10, "{leaves}");
}
