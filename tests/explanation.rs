//! Every row of "Why is my order stuck?" in docs/operations.md is what the API says of such an order.

use jiff::{SignedDuration, Timestamp};
use shared::domain::{
    Approval, ApprovalState, Bin, BranchId, CardType, ContentHash, EmbossType, FileDigest, FileName, FilePin, Hold,
    Line, OrderId, OrderLine, OrderView, PanLength, Principal, ProductId, Quantity, Reason, Status, StoredObject,
    Tenant, explain,
};

use crate::processing::acme_settings;
use crate::support::{now, read};

fn line(status: Status) -> OrderLine {
    let line = Line {
        product_id: ProductId::parse("01").unwrap(),
        bin: Bin::parse("87654322").unwrap(),
        quantity: Quantity::try_from(5).unwrap(),
        plastic_code: None,
        pan_length: PanLength::default(),
        pin_generation: false,
        card_type: CardType::Physical,
        emboss_type: EmbossType::NonPersonalized,
    };
    OrderLine { line, status }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// An order of this status that was placed an hour ago, due at once.
fn order(status: Status) -> OrderView {
    let placed = now() - hours(1);
    OrderView {
        id: OrderId::parse("ORD-1").unwrap(),
        label: "1763369938417".to_owned(),
        branch: BranchId::parse("12345").unwrap(),
        content: ContentHash([0; 32]),
        status,
        status_since: placed,
        received_at: placed,
        scheduled_at: placed,
        valid_until: placed + hours(24 * 30),
        start: None,
        lines: vec![line(status), line(status)],
        file: None,
        is_file_free: false,
        cms_order_id: None,
        attempts: 0,
        is_leased: false,
        is_acknowledged: false,
        next_action_at: None,
        last_error: None,
        hold: None,
        approval: None,
        maker: None,
    }
}

/// An order that has been sent once.
fn sent() -> OrderView {
    OrderView { attempts: 1, next_action_at: Some(in_seconds(40)), ..order(Status::Pending) }
}

fn in_seconds(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn approval(state: ApprovalState) -> Approval {
    Approval { state, by: None, at: None, reason: None }
}

fn with_file(order: OrderView) -> OrderView {
    let file = FilePin {
        name: FileName::parse("kits.txt").unwrap(),
        object: StoredObject { key: String::new(), version_id: String::new() },
        digest: FileDigest([0; 32]),
    };
    OrderView { file: Some(file), ..order }
}

fn rejected() -> OrderView {
    let approval = Approval {
        state: ApprovalState::Rejected,
        by: Some(Principal::parse("checker@bank").unwrap()),
        at: Some(now()),
        reason: Some(Reason::parse("Ordered twice.").unwrap()),
    };
    OrderView { approval: Some(approval), ..order(Status::Cancelled) }
}

/// The first column of each row, and an order that it is about.
fn rows() -> Vec<(&'static str, OrderView)> {
    let scheduled = OrderView { scheduled_at: now() + hours(24), ..order(Status::Received) };
    let required = approval(ApprovalState::Required);
    let awaiting = |maker| OrderView { approval: Some(required.clone()), maker, ..scheduled.clone() };
    let hold = Hold { since: now(), reason: "the card management system does not offer to void it".to_owned() };
    let answered = |statuses: [Status; 2]| OrderView { lines: statuses.map(line).into(), ..order(Status::Failed) };
    vec![
        ("RECEIVED, its start lies ahead", scheduled.clone()),
        ("RECEIVED, approval required", awaiting(Principal::parse("maker@bank").ok())),
        ("RECEIVED, approval required, its maker unknown", awaiting(None)),
        ("RECEIVED, due", OrderView { scheduled_at: now(), ..order(Status::Received) }),
        ("RECEIVED, due for more than 5 minutes", order(Status::Received)),
        ("PENDING, a worker has it", OrderView { is_leased: true, ..sent() }),
        ("PENDING, not answered", OrderView { attempts: 4, last_error: Some("HTTP 503".to_owned()), ..sent() }),
        ("PENDING, its worker died", OrderView { next_action_at: Some(now()), ..sent() }),
        ("PENDING, acknowledged", OrderView { is_acknowledged: true, ..sent() }),
        ("PENDING, on hold", OrderView { hold: Some(hold), next_action_at: None, ..sent() }),
        ("PROCESSED", OrderView { is_acknowledged: true, status: Status::Processed, ..sent() }),
        ("SUCCESS", order(Status::Success)),
        ("FAILED, the CMS has refused or voided it", {
            let failed = with_file(order(Status::Failed));
            OrderView { is_file_free: true, ..failed }
        }),
        ("FAILED after the CMS had taken it", with_file(order(Status::Failed))),
        ("FAILED, some lines", answered([Status::Success, Status::Failed])),
        ("CANCELLED by its branch", order(Status::Cancelled)),
        ("CANCELLED by a rejection", rejected()),
        ("EXPIRED", OrderView { valid_until: now(), ..order(Status::Expired) }),
    ]
}

#[test]
fn the_runbook_says_of_every_order_what_the_api_says() {
    let runbook = read("docs/operations.md");
    let tenant = Tenant { id: crate::processing::acme(), settings: acme_settings() };
    let section = runbook.split_once("## Why is my order stuck?").unwrap().1.split_once("\n## ").unwrap().0;
    let missing: Vec<String> = rows()
        .into_iter()
        .map(|(which, order)| format!("| {which} | {} |", explain(&order, &tenant, now())))
        .filter(|row| !section.lines().any(|line| line.starts_with(row)))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let documented = section.lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(documented, rows().len() + 1, "a row of the table has no order here");
}

#[test]
fn an_explanation_has_one_or_two_sentences_and_the_tenants_time() {
    let mut tenant = Tenant { id: crate::processing::acme(), settings: acme_settings() };
    tenant.settings.time_zone = jiff::tz::TimeZone::get("Asia/Kolkata").unwrap();
    for (which, order) in rows() {
        let explanation = explain(&order, &tenant, now());
        assert!((1..=2).contains(&explanation.matches(". ").count().saturating_add(1)), "{which}: {explanation}");
        assert!(explanation.ends_with('.') && !explanation.contains("(UTC)"), "{which}: {explanation}");
    }
    let scheduled = OrderView { scheduled_at: now() + hours(24), ..order(Status::Received) };
    let starts = "It starts at 2026-01-16 15:30:00 (Asia/Kolkata). Until then it can be cancelled.";
    assert_eq!(explain(&scheduled, &tenant, now()), starts);
}
