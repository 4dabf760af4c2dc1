//! `--aws`: credentials and names. The local stack stands in for the account.

use serde_json::json;

use super::{Ran, run_with};
use crate::support::Service;

const NAMES: [(&str, &str); 3] = [
    ("TABLE_NAME", local::stack::TABLE),
    ("TENANTS_TABLE_NAME", local::stack::TENANTS_TABLE),
    ("KEYS_TABLE_NAME", local::stack::KEYS_TABLE),
];
const KEY: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")];

async fn list(service: &Service, more: &[&str], variables: &[(&str, &str)]) -> Ran {
    let url = format!("http://{}", service.stack.dynamodb);
    let variables = [variables, &[("AWS_ENDPOINT_URL_DYNAMODB", url.as_str())]].concat();
    run_with(&[&["tenant", "list", "--json", "--aws"], more].concat(), &variables, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_reached_by_variables_or_by_a_profile() {
    let service = Service::start().await;
    let region = [("AWS_DEFAULT_REGION", "eu-central-1")];
    let ran = list(&service, &[], &[&NAMES[..], &KEY, &region].concat()).await;
    assert_eq!(ran.json().as_array().unwrap().len(), 2);
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let credentials = "[ops]\naws_access_key_id = local\naws_secret_access_key = local\n";
    std::fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
    std::fs::write(home.path().join(".aws/config"), "[profile ops]\nregion = eu-west-1\n").unwrap();
    let home = [("HOME", home.path().to_str().unwrap())];
    let by_flag = list(&service, &["--profile", "ops"], &[&NAMES[..], &home].concat()).await;
    assert_eq!(by_flag.json(), ran.json());
    let by_variable = list(&service, &[], &[&NAMES[..], &home, &[("AWS_PROFILE", "ops")]].concat()).await;
    assert_eq!(by_variable.json(), ran.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named() {
    let service = Service::start().await;
    let region = [("AWS_REGION", "eu-central-1")];
    for (more, variables, code, says) in [
        (&[][..], [&NAMES[..], &KEY].concat(), 2, "no region"),
        (&[], [&NAMES[..], &region].concat(), 1, "no credentials"),
        (&["--profile", "none"], [&NAMES[..], &KEY, &region].concat(), 1, "no credentials"),
        (&["--table", "t"], [&KEY[..], &region].concat(), 2, "--tenants-table or the variable TENANTS_TABLE_NAME"),
        (&[], [&KEY[..], &region].concat(), 2, "--table or the variable TABLE_NAME"),
        (&["--endpoint", "http://127.0.0.1:1"], [&NAMES[..], &KEY, &region].concat(), 2, "exclude each other"),
    ] {
        let ran = list(&service, more, &variables).await;
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{says}: {}", ran.err);
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
    }
    let absent = list(&service, &["--table", "other"], &[&NAMES[..], &KEY, &region].concat()).await;
    assert_eq!(absent.code, 1);
    assert!(absent.err.contains("ResourceNotFoundException"), "{}", absent.err);
    assert_eq!(json!(absent.out), json!(""));
}
