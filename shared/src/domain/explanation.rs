//! What an order waits for, and what to do about it: the table "Why is my order stuck?" of docs/operations.md as code.
//! A test compares the two.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{ApprovalState, CmsKey, OrderView, Status, Tenant};

/// How long after it is due an order is late.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Explains an order in one or two sentences, from its own state and the tenant's settings.
#[must_use]
pub fn explain(order: &OrderView, tenant: &Tenant, now: Timestamp) -> String {
    let zone = &tenant.settings.time_zone;
    match order.status {
        Status::Received => received(order, zone, now),
        Status::Pending => pending(order, tenant, now),
        Status::Processed => format!(
            "The card management system (CMS) has made cards and has not confirmed every line. It is asked again {}.",
            next(order, zone, now)
        ),
        Status::Success => {
            "The card management system (CMS) has confirmed every line. There is nothing to do.".to_owned()
        }
        Status::Failed => failed(order),
        Status::Cancelled => cancelled(order),
        Status::Expired => format!(
            "It was not sent by {}, the end of its validity, so that nothing was made. {}",
            time(order.valid_until, zone),
            order_again(order, "Place a new order if the cards are still needed")
        ),
    }
}

fn received(order: &OrderView, zone: &TimeZone, now: Timestamp) -> String {
    let start = time(order.scheduled_at, zone);
    if order.awaits_approval() && order.maker.is_none() {
        return "It requires approval, and it is not known who placed it, so that nobody may approve or reject it. Cancel it, \
                and place it again with a credential or a header x-user that says who does."
            .to_owned();
    }
    if order.awaits_approval() {
        let then = if order.scheduled_at > now { format!("starts at {start}") } else { "starts at once".to_owned() };
        return format!(
            "It waits for the approval of a second person, not the one who placed it. Once approved it {then}; without \
             approval it expires at {}.",
            time(order.valid_until, zone)
        );
    }
    if order.scheduled_at > now {
        return format!("It starts at {start}. Until then it can be cancelled.");
    }
    let due_since = order.due_since();
    if now.duration_since(due_since) <= LATE_AFTER {
        return "It is due and is sent to the card management system (CMS) within a minute or so. Until then it can be \
                cancelled."
            .to_owned();
    }
    format!(
        "It has been due since {} and was not picked up: the card management system (CMS) does not answer or refuses \
         our calls, or the tenant's orders are not run automatically. It goes on by itself once that is fixed, and can be \
         cancelled until then.",
        time(due_since, zone)
    )
}

fn pending(order: &OrderView, tenant: &Tenant, now: Timestamp) -> String {
    let zone = &tenant.settings.time_zone;
    let key = CmsKey::of(&tenant.id, &order.id);
    if let Some(hold) = &order.hold {
        return format!(
            "It has been on hold since {}: {}. Find out in the card management system (CMS), by the key {key}, what became \
             of it, end or void it there, then check its status: only an answer of the CMS moves it on.",
            time(hold.since, zone),
            hold.reason
        );
    }
    if order.is_acknowledged {
        return format!(
            "The card management system (CMS) has had it since {} and has not finished. It is asked again {}; what it is \
             doing can be found out there by the key {key}.",
            time(order.status_since, zone),
            next(order, zone, now)
        );
    }
    if order.is_leased {
        return "It is being sent to the card management system (CMS). If that breaks off, it goes on by itself."
            .to_owned();
    }
    match &order.last_error {
        Some(trouble) => format!(
            "The card management system (CMS) gave no usable answer (calls: {}, the last: {trouble}). It is called again \
             {} with the same key; nothing needs to be done.",
            order.attempts,
            next(order, zone, now)
        ),
        None => format!(
            "Sending it to the card management system (CMS) broke off, so that it is not known whether it arrived. It is \
             sent again {} with the same key; nothing needs to be done.",
            next(order, zone, now)
        ),
    }
}

fn failed(order: &OrderView) -> String {
    let failed: Vec<String> = (1..)
        .zip(&order.lines)
        .filter(|(_, line)| line.status == Status::Failed)
        .map(|(number, _): (u32, _)| number.to_string())
        .collect();
    let lines = if failed.len() == order.lines.len() {
        "it".to_owned()
    } else if let [line] = failed.as_slice() {
        format!("line {line}, and has confirmed the others")
    } else {
        format!("lines {}, and has confirmed the others", failed.join(", "))
    };
    format!(
        "The card management system (CMS) has refused, failed or voided {lines}. {}",
        order_again(order, "Place a new order for the missing cards")
    )
}

fn cancelled(order: &OrderView) -> String {
    let rejected = order.approval.as_ref().filter(|approval| approval.state == ApprovalState::Rejected);
    let why = match rejected.and_then(|approval| approval.by.as_ref().zip(approval.reason.as_ref())) {
        Some((by, reason)) => format!("{by} rejected it: {}.", reason.as_str().trim_end_matches('.')),
        None => "It was cancelled before it was sent, so that nothing was made.".to_owned(),
    };
    format!("{why} {}", order_again(order, "Place a new order if the cards are still needed"))
}

/// What to do about an order that has ended without cards, with the fate of its file.
fn order_again(order: &OrderView, what: &str) -> String {
    match &order.file {
        None => format!("{what}."),
        Some(file) if order.is_file_free => format!("{what}; its file {} is free again.", file.name),
        Some(file) => format!("{what}, with a new file: {} stays with this one.", file.name),
    }
}

/// When the next step is due.
fn next(order: &OrderView, zone: &TimeZone, now: Timestamp) -> String {
    match order.next_action_at.filter(|at| *at > now) {
        Some(at) => format!("at {}", time(at, zone)),
        None => "within a minute or so".to_owned(),
    }
}

/// An instant in the tenant's time zone, with its name.
fn time(at: Timestamp, zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("local time");
    format!("{} ({name})", zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S"))
}
