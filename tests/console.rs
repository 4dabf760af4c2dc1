//! The operator's console in a real browser, in front of the demo's orders and files.

mod browser;

use local::config::AccessMode;
use local::demo::{DemoClock, play};
use serde_json::{Value, json};
use shared::clock::Clock;

use crate::authorize::issue;
use crate::support::{Options, Service, options, order, root};
use browser::Browser;

/// What a text would do if it were taken for markup.
const HOSTILE: &str = "<img src=x onerror=\"window.hacked=1\">";

/// A browser in front of the demo; `None` where there is none.
async fn demo() -> Option<(Service, Browser)> {
    let clock = DemoClock::before(Clock::system());
    let service = Service::start_with(Options { clock: clock.as_clock(), ..options() }).await;
    let browser = Browser::start(service.stack.gateway).await?;
    play(&service.stack, &clock).await.unwrap();
    Some((service, browser))
}

/// Opens the console at a hash as this person.
async fn sign_in(browser: &Browser, user: &str, hash: &str) {
    browser.open(hash).await;
    browser.type_into("form.sign-in #tenant", "ACME_BANK").await;
    browser.type_into("form.sign-in #user", user).await;
    browser.click("form.sign-in [type=submit]").await;
    browser.wait("#who [data-do=sign-out]").await;
}

/// Returns the id of the demo's order of a branch with this number.
async fn id_of(service: &Service, branch: &str, number: &str) -> String {
    let answer = service.post("/card-order/list", &json!({ "branchId": branch })).await;
    let rows = answer.body["result"].as_array().unwrap().clone();
    let ids = rows.iter().map(|row| row["cardOrderId"].as_str().unwrap());
    ids.map(str::to_owned).find(|id| id.ends_with(number)).unwrap()
}

/// Returns the name of a file of the demo with faults, or of one that an order uses.
async fn file_where(service: &Service, is_wanted: fn(&Value) -> bool) -> String {
    let answer = service.post("/card-order/listFiles", &json!({})).await;
    let rows = answer.body["result"].as_array().unwrap();
    rows.iter().find(|row| is_wanted(row)).unwrap()["fileName"].as_str().unwrap().to_owned()
}

/// Clicks an action, confirms it, and waits for what came of it.
async fn act(browser: &Browser, action: &str, outcome: &str) {
    browser.click(&format!("main [data-action={action}]")).await;
    browser.wait(&format!("dialog[data-action={action}]")).await;
    browser.check_with_axe().await;
    browser.click("dialog [type=submit]").await;
    browser.wait_for_words("main [data-outcome]", outcome).await;
    browser.until("!document.querySelector('dialog')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_shows_the_demo_and_axe_finds_nothing() {
    let Some((service, browser)) = demo().await else { return };
    sign_in(&browser, "checker.ops", "#/").await;
    let mut screens = vec![
        ("#/".to_owned(), "#on-hold tr[data-key]", "Needs attention"),
        ("#/orders".to_owned(), "tr[data-key] [data-status=RECEIVED]", "In this status"),
        ("#/orders?status=EXPIRED".to_owned(), "tr[data-key] [data-status=EXPIRED]", "Expired"),
        ("#/orders?branch=BLR-0417".to_owned(), "tr[data-key] [data-status=SUCCESS]", "On hold"),
        ("#/files".to_owned(), "tr[data-key] [data-status=INVALID]", "Used by"),
        ("#/find?q=nothing-of-this-name".to_owned(), ".calm", "There is no order, file or kit"),
        ("#/nowhere".to_owned(), "main h1", ""),
    ];
    for (branch, number, words) in [
        ("BLR-0417", "-001", "Success"),
        ("BLR-0417", "-003", "The branch needs 2,500 cards, not 25,000"),
        ("BLR-0417", "-007", "On hold for"),
        ("BLR-0417", "-012", "Starts in"),
        ("CHN-0210", "-001", "Failed: 1 of 2 lines"),
        ("HYD-0305", "-001", "Cancelled"),
        ("HYD-0305", "-002", "Stuck"),
        ("MUM-0102", "-003", "Expired"),
        ("MUM-0102", "-005", "Cards generated"),
        ("MUM-0102", "-006", "Awaiting approval for"),
    ] {
        screens.push((format!("#/orders/{}", id_of(&service, branch, number).await), ".columns", words));
    }
    let faulty = file_where(&service, |row| row["details"] == 0 && row["fileName"] != "/inbox/kits (1).txt").await;
    let used = file_where(&service, |row| !row["cardOrderId"].is_null()).await;
    screens.push((format!("#/files/{faulty}"), "table.faults tr[data-key]", "Line 2"));
    screens.push((format!("#/files/{used}"), ".groups", "Cards in this file"));
    screens.push(("#/files/%2Finbox%2Fkits%20(1).txt".to_owned(), "[data-key=fault-0]", "must be a file name"));
    for (width, colours) in [(1280, "light"), (1280, "dark"), (400, "light")] {
        browser.look(width, colours).await;
        for (hash, selector, words) in &screens {
            browser.go(hash).await;
            browser.wait(selector).await;
            browser.wait_for_words("main", words).await;
            browser.check_with_axe().await;
            let overhang = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.run(overhang, json!([])).await, 0, "{hash} at {width}");
        }
    }
    browser.go("#/").await;
    for group in ["on-hold", "stuck", "late", "failed", "invalid-files", "awaiting-approval"] {
        browser.wait(&format!("#{group} tr[data-key]")).await;
    }
    browser.check_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_is_confirmed_and_says_what_came_of_it() {
    let Some((service, browser)) = demo().await else { return };
    sign_in(&browser, "checker.ops", "#/").await;
    let late = id_of(&service, "DEL-0033", "-001").await;
    let row = format!("#late tr[data-key='{late}']");
    browser.click(&format!("{row} [data-action=process]")).await;
    browser.wait_for_words("dialog[data-action=process]", &late).await;
    browser.click("dialog [type=submit]").await;
    browser.wait_for_words(&format!("{row} [data-outcome]"), "Order processed").await;
    assert_eq!(service.status(&late).await, "PENDING");

    browser.go(&format!("#/orders/{}", id_of(&service, "BLR-0417", "-007").await)).await;
    browser.wait_for_words("main", "On hold for").await;
    act(&browser, "check", "still pending, on hold").await;

    browser.go(&format!("#/orders/{late}")).await;
    browser.wait_for_words("h1", &late).await;
    act(&browser, "check", "now success").await;
    browser.wait("main .summary [data-status=SUCCESS]").await;

    let approved = id_of(&service, "MUM-0102", "-006").await;
    browser.go(&format!("#/orders/{approved}")).await;
    browser.wait_for_words("h1", &approved).await;
    act(&browser, "approve", "Order approved").await;

    let rejected = id_of(&service, "AMD-0144", "-005").await;
    browser.go(&format!("#/orders/{rejected}")).await;
    browser.wait_for_words("h1", &rejected).await;
    browser.click("main [data-action=reject]").await;
    // Without a reason nothing is sent.
    browser.click("dialog [type=submit]").await;
    browser.type_into("dialog #reason", &"x".repeat(201)).await;
    browser.click("dialog [type=submit]").await;
    browser.wait_for_words("dialog [role=alert][data-error=ORD001]", "reason must be").await;
    browser.check_with_axe().await;
    browser.type_into("dialog #reason", HOSTILE).await;
    browser.click("dialog [type=submit]").await;
    browser.wait_for_words("main", HOSTILE).await;
    assert_eq!(service.status(&rejected).await, "CANCELLED");

    let cancelled = id_of(&service, "BLR-0417", "-012").await;
    browser.go(&format!("#/orders/{cancelled}")).await;
    browser.wait_for_words("h1", &cancelled).await;
    browser.click("main [data-action=cancel]").await;
    // The way back is where the focus is.
    browser.press(&["\u{e007}"]).await;
    browser.until("!document.querySelector('dialog')").await;
    assert_eq!(service.status(&cancelled).await, "RECEIVED");
    act(&browser, "cancel", "Order cancelled").await;
    assert_eq!(service.status(&cancelled).await, "CANCELLED");
    browser.check_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_placed_by_oneself_is_approved_by_someone_else_and_a_refusal_is_shown_as_it_is() {
    let Some((service, browser)) = demo().await else { return };
    sign_in(&browser, "maker.blr0417", "#/").await;
    browser.go(&format!("#/orders/{}", id_of(&service, "AMD-0144", "-005").await)).await;
    browser.wait_for_words("main", "someone else approves or rejects it").await;
    assert_eq!(browser.count("main [data-action=approve]").await, 0);

    let late = id_of(&service, "DEL-0033", "-001").await;
    browser.go(&format!("#/orders/{late}")).await;
    browser.wait_for_words("h1", &late).await;
    browser.click("main [data-action=cancel]").await;
    browser.wait("dialog[data-action=cancel]").await;
    assert!(service.process(&late).await.is_ok());
    browser.click("dialog [type=submit]").await;
    browser.wait_for_words("dialog [role=alert][data-error=ORD003]", "Order status is PENDING").await;
    browser.check_with_axe().await;
    browser.check_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_shows_by_itself_and_lists_are_filtered_searched_and_paged() {
    let Some((service, browser)) = demo().await else { return };
    sign_in(&browser, "checker.ops", "#/").await;
    let late = id_of(&service, "DEL-0033", "-001").await;
    browser.go(&format!("#/orders/{late}")).await;
    browser.wait("main .summary [data-status=RECEIVED]").await;
    assert!(service.process(&late).await.is_ok());
    browser.wait("main .summary [data-status=PENDING]").await;

    browser.go("#/orders").await;
    browser.type_into("#f-branch", "BLR-0417").await;
    browser.run("document.querySelector('#f-status').value = 'SUCCESS'", json!([])).await;
    browser.press(&["\u{e007}"]).await;
    browser.until("location.hash === '#/orders?status=SUCCESS&branch=BLR-0417'").await;
    browser.wait("tr[data-key] [data-status=SUCCESS]").await;
    assert_eq!(browser.count("main tbody tr").await, 2);

    for n in 0..26 {
        assert!(service.create(order(&format!("PAGED-{n:02}"))).await.is_ok());
    }
    browser.go("#/orders?branch=12345").await;
    browser.wait("tr[data-key=PAGED-25]").await;
    browser.click("[data-page=older][href]").await;
    browser.wait("tr[data-key=PAGED-00]").await;
    browser.click("[data-page=newer][href]").await;
    browser.wait("tr[data-key=PAGED-25]").await;

    browser.press(&["\u{e009}", "k"]).await;
    browser.until("document.activeElement.id === 'q'").await;
    browser.type_into("#search #q", &late).await;
    browser.press(&["\u{e007}"]).await;
    browser.until(&format!("location.hash === {}", json!(format!("#/orders/{late}")))).await;
    browser.type_into("#search #q", "kits (1).txt").await;
    browser.press(&["\u{e007}"]).await;
    browser.wait("[data-key=fault-0]").await;
    browser.check_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_others_stay_texts() {
    let Some((service, browser)) = demo().await else { return };
    let mut hostile = order("HOSTILE-1");
    hostile["branchInfo"]["branchName"] = HOSTILE.into();
    hostile["address"] = format!("{HOSTILE}~second").into();
    hostile["orderingPartyInfo"] =
        json!({ "orderingPartyId": "P1", "orderingPartyType": "BANK", "orderingPartyName": HOSTILE });
    hostile["metaValues"] = json!({ "note": HOSTILE });
    assert!(service.create(&hostile).await.is_ok());
    let name = "<img src=x onerror=window.hacked=1>.txt";
    let put = service.s3().put_object().bucket(local::stack::BUCKET).key(format!("t/ACME_BANK/inbox/{name}"));
    put.body(b"<script>window.hacked=1</script>\n".to_vec().into()).send().await.unwrap();
    service.file_settled(name, "INVALID").await;
    sign_in(&browser, "checker.ops", "#/").await;
    browser.wait_for_words("#invalid-files", name).await;
    let encoded = "%3Cimg%20src%3Dx%20onerror%3D%22window.hacked%3D1%22%3E";
    for (hash, words) in [
        ("#/orders/HOSTILE-1".to_owned(), HOSTILE),
        ("#/files".to_owned(), name),
        ("#/files/%2Finbox%2F%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E.txt".to_owned(), name),
        (format!("#/orders?branch={encoded}"), HOSTILE),
        (format!("#/files/{encoded}"), HOSTILE),
        (format!("#/orders/{encoded}"), HOSTILE),
        (format!("#/find?q={encoded}"), HOSTILE),
        (format!("#/{encoded}"), ""),
    ] {
        browser.go(&hash).await;
        browser.wait_for_words("main", words).await;
        let made =
            browser.run("return window.hacked ?? document.querySelectorAll('img, main script').length", json!([]));
        assert_eq!(made.await, 0, "{hash}");
        browser.check_with_axe().await;
    }
    browser.check_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_asked_for_and_stays_in_memory() {
    let options = Options { access_mode: AccessMode::Authorizer, clock: Clock::system(), ..options() };
    let service = Service::start_with(options).await;
    let Some(browser) = Browser::start(service.stack.gateway).await else { return };
    browser.open("#/orders").await;
    browser.type_into("form.sign-in #tenant", "ACME_BANK").await;
    browser.type_into("form.sign-in #key", "co_wrong").await;
    browser.check_with_axe().await;
    browser.click("form.sign-in [type=submit]").await;
    browser.wait_for_words("form.sign-in [role=alert]", "request.unauthorized").await;
    let key = issue(&service, "ACME_BANK", "reader", "read").await;
    browser.type_into("form.sign-in #key", &key).await;
    browser.click("form.sign-in [type=submit]").await;
    browser.wait("main .filters, main .calm").await;
    let kept = "return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href, \
                document.documentElement.outerHTML, history.state])";
    assert!(!browser.run(kept, json!([])).await.as_str().unwrap().contains(&key));
    browser.click("#who [data-do=sign-out]").await;
    browser.wait("form.sign-in").await;
    browser.check_quiet().await;
}

/// `cargo test -p tests -- --ignored picture`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/console.png"]
async fn the_picture_of_the_readme_is_the_demo() {
    let Some((_service, browser)) = demo().await else { return };
    browser.look(1280, "light").await;
    sign_in(&browser, "checker.ops", "#/").await;
    browser.wait("#awaiting-approval tr[data-key]").await;
    // The pointer is where it signed in.
    browser.devtools("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": 0, "y": 0 })).await;
    browser.run("document.activeElement.blur()", json!([])).await;
    browser.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
    let height = browser.run("return document.documentElement.scrollHeight", json!([])).await;
    let whole = json!({ "width": 1280, "height": height, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", whole).await;
    std::fs::write(root().join("docs/console.png"), browser.picture().await).unwrap();
}
