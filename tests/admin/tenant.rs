//! `tenant`.

use serde_json::{Value, json};

use super::{json, run, run_with};
use crate::support::{Service, order};

fn acme() -> Value {
    json!({
        "tenant": "ACME_BANK", "displayName": "ACME Bank", "timeZone": "UTC", "approvalAbove": null,
        "cmsProfile": null,
        "quantityMax": 100_000, "orderQuantityMax": 1_000_000, "statusShards": 4, "dueShards": 8,
        "disabled": false, "products": [],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_are_listed_and_shown() {
    let service = Service::start().await;
    let mut globex = acme();
    globex["tenant"] = "GLOBEX".into();
    globex["displayName"] = "Globex".into();
    assert_eq!(json(&service, &["tenant", "list"]).await, json!([acme(), globex]));
    assert_eq!(json(&service, &["tenant", "show", "ACME_BANK"]).await, acme());
    let people = run(&service, &["tenant", "list"]).await;
    assert_eq!(people.code, 0);
    assert_eq!(
        people.out,
        "TENANT     NAME       TIME ZONE  APPROVAL  STATE\n\
         ACME_BANK  ACME Bank  UTC        never     enabled\n\
         GLOBEX     Globex     UTC        never     enabled\n"
    );
    let unknown = run(&service, &["tenant", "show", "ACME", "--json"]).await;
    assert_eq!((unknown.code, unknown.out.as_str()), (3, ""));
    assert_eq!(unknown.err, "error: the tenant is not registered\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_added_once_and_can_order_at_once() {
    let service = Service::start().await;
    assert_eq!(service.post_as("NEW", "/card-order", &order("ORD-1")).await.code(), "tenant.not.found");
    let add = ["tenant", "add", "NEW", "--display-name", "Zürich Bank", "--time-zone", "asia/kolkata"];
    let added = json(&service, &add).await;
    let mut want = acme();
    want["tenant"] = "NEW".into();
    want["displayName"] = "Zürich Bank".into();
    want["timeZone"] = "Asia/Kolkata".into();
    assert_eq!(added, want);
    assert_eq!(service.post_as("NEW", "/card-order", &order("ORD-1")).await.status, 200);
    let card = run(&service, &["tenant", "add", "4111111111111111", "--display-name", "Card"]).await;
    assert_eq!((card.code, card.out.as_str()), (2, ""));
    let again = run(&service, &["tenant", "add", "NEW", "--display-name", "Other"]).await;
    assert_eq!((again.code, again.out.as_str()), (4, ""));
    assert_eq!(json(&service, &["tenant", "show", "NEW"]).await, want);
    assert_eq!(json(&service, &["tenant", "list"]).await.as_array().unwrap().len(), 3);
    // It is on the list of those whose orders run by themselves.
    assert_eq!(service.stack.handlers.dispatch().await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_changed_one_by_one() {
    let service = Service::start().await;
    let mut want = acme();
    for (flags, key, value) in [
        (["--approval-above", "0"], "approvalAbove", json!(0)),
        (["--approval-above", "10000"], "approvalAbove", json!(10_000)),
        (["--display-name", "ACME"], "displayName", json!("ACME")),
        (["--time-zone", "Europe/Berlin"], "timeZone", json!("Europe/Berlin")),
        (["--quantity-max", "50"], "quantityMax", json!(50)),
        (["--order-quantity-max", "500"], "orderQuantityMax", json!(500)),
        (["--status-shards", "8"], "statusShards", json!(8)),
        (["--due-shards", "64"], "dueShards", json!(64)),
        (["--approval-above", "never"], "approvalAbove", Value::Null),
        (["--cms-profile", "retail_2"], "cmsProfile", json!("retail_2")),
        (["--cms-profile", "Retail-3"], "cmsProfile", json!("Retail-3")),
        (["--cms-profile", "default"], "cmsProfile", Value::Null),
    ] {
        want[key] = value;
        let [flag, given] = flags;
        assert_eq!(json(&service, &["tenant", "set", "ACME_BANK", flag, given]).await, want, "{flag} {given}");
    }
    let both = ["tenant", "set", "ACME_BANK", "--approval-above", "never", "--display-name", "ACME Bank"];
    want["displayName"] = "ACME Bank".into();
    assert_eq!(json(&service, &both).await, want);
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_never_taken_away_and_nobody_is_set_who_is_not_there() {
    let service = Service::start().await;
    for (flag, count, code) in [
        ("--status-shards", "3", 4),
        ("--due-shards", "7", 4),
        ("--due-shards", "8", 0),
        ("--due-shards", "9", 0),
        ("--due-shards", "8", 4),
        ("--due-shards", "9", 0),
    ] {
        let ran = run(&service, &["tenant", "set", "ACME_BANK", flag, count]).await;
        assert_eq!(ran.code, code, "{flag} {count}: {}", ran.err);
    }
    let shown = json(&service, &["tenant", "show", "ACME_BANK"]).await;
    assert_eq!((&shown["statusShards"], &shown["dueShards"]), (&json!(4), &json!(9)));
    for arguments in [
        &["tenant", "set", "ACME", "--display-name", "x"][..],
        &["tenant", "disable", "ACME", "--yes"],
        &["tenant", "enable", "ACME"],
    ] {
        let ran = run(&service, arguments).await;
        assert_eq!((ran.code, ran.err.as_str()), (3, "error: the tenant is not registered\n"), "{arguments:?}");
    }
    assert_eq!(json(&service, &["tenant", "list"]).await.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_tenant_is_as_if_it_were_not_registered_until_it_is_enabled() {
    let service = Service::start().await;
    assert_eq!(service.post_as("GLOBEX", "/card-order", &order("ORD-1")).await.status, 200);
    let ask = run(&service, &["tenant", "disable", "ACME_BANK"]).await;
    assert_eq!((ask.code, ask.out.as_str()), (2, ""), "nobody can be asked");
    assert_eq!(json(&service, &["--yes", "tenant", "disable", "ACME_BANK"]).await["disabled"], true);
    assert_eq!(json(&service, &["tenant", "disable", "--yes", "ACME_BANK"]).await["disabled"], true);
    assert_eq!(service.create(order("ORD-1")).await.code(), "tenant.not.found");
    assert_eq!(service.post_as("GLOBEX", "/card-order", &order("ORD-2")).await.status, 200);
    assert_eq!(json(&service, &["tenant", "enable", "ACME_BANK"]).await, acme());
    assert_eq!(service.create(order("ORD-1")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_usage_plan_is_set_from_a_file_and_never_shown() {
    const VALUE: &str = "value-of-the-key-of-a-usage-plan";
    let service = Service::start().await;
    let endpoint = format!("http://{}", service.stack.dynamodb);
    let plan_key = async |arguments: &[&str], input: &str| {
        let arguments = [&["tenant", "plan-key", "ACME_BANK", "--endpoint", &endpoint], arguments].concat();
        let ran = run_with(&arguments, &[], input).await;
        assert!(!format!("{ran:?}").contains(VALUE), "{arguments:?}");
        ran
    };
    let report = |has: bool| json!({ "tenant": "ACME_BANK", "hasPlanKey": has });
    assert_eq!(plan_key(&["--json"], "").await.json(), report(false));
    let rehearsed = plan_key(&["-f", "-", "--dry-run"], VALUE).await;
    assert_eq!(rehearsed.json()["Item"]["usageIdentifierKey"], "***");
    assert_eq!(plan_key(&[], "").await.out, "ACME_BANK has no key of a usage plan\n");
    assert_eq!(plan_key(&["-f", "-", "--json"], &format!("{VALUE}\n")).await.json(), report(true));
    assert_eq!(plan_key(&["--json"], "").await.json(), report(true));
    assert!(!format!("{:?}", run(&service, &["tenant", "show", "ACME_BANK"]).await).contains(VALUE));
    for wrong in ["", "too-short", &format!("{VALUE} {VALUE}"), &VALUE.repeat(5)] {
        let ran = plan_key(&["-f", "-"], wrong).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.starts_with("error: the key must be 20 to 128 letters"), "{}", ran.err);
    }
    assert_eq!(plan_key(&["-f", "-", "--remove"], VALUE).await.code, 2);
    // Nobody can be asked here.
    assert_eq!(plan_key(&["--remove"], "").await.code, 2);
    assert_eq!(plan_key(&["--json"], "").await.json(), report(true));
    assert_eq!(plan_key(&["--remove", "--yes", "--json"], "").await.json(), report(false));
    assert_eq!(plan_key(&["--json"], "").await.json(), report(false));
    let unknown = run(&service, &["tenant", "plan-key", "ACME"]).await;
    assert_eq!((unknown.code, unknown.err.as_str()), (3, "error: the tenant is not registered\n"));
}
