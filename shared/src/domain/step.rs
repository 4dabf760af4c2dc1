//! The next step of an order, decided from its item before anything is written.

use jiff::Timestamp;

use super::{ApprovalState, Status};

/// How far an order has come on its way through the card management system (CMS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    /// Its status, as stored.
    pub status: Status,
    /// When it is due.
    pub scheduled_at: Timestamp,
    /// When it expires unless it has been sent.
    pub valid_until: Timestamp,
    /// When its lease ends: that of a worker, or the pause after a failure. `None` if it was never sent, or the CMS has
    /// acknowledged it.
    pub lease_until: Option<Timestamp>,
    /// How often it was sent.
    pub attempts: u32,
    /// Whether an operator must review it.
    pub is_held: bool,
    /// Where its approval stands; `None`: none is required.
    pub approval: Option<ApprovalState>,
}

/// The next step of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send it to the CMS for the first time.
    Claim,
    /// Send it again, with the same key.
    Reclaim,
    /// Ask the CMS to void it: the attempts are used up.
    Void,
    /// Put it on hold: voiding failed too.
    Hold,
    /// Ask the CMS about its progress.
    Poll,
    /// Store that it has expired.
    Expire,
    /// Nothing yet: a second person must approve it.
    AwaitApproval,
    /// Nothing yet: it is not due.
    Scheduled,
    /// Nothing yet: its lease is running.
    Leased,
    /// Nothing: an operator must review it.
    Held,
    /// Nothing: its status is final.
    Ended,
}

/// How often an order was sent without an answer before it counts as stuck.
pub const SENT_OFTEN: u32 = 3;
/// The maximum number of attempts to void an order.
const VOIDS_MAX: u32 = 3;

impl OrderState {
    /// Returns the status at `now`: a RECEIVED order is EXPIRED at the end of its validity, whether or not that is stored.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> Status {
        let is_expired = self.status == Status::Received && self.valid_until <= now;
        if is_expired { Status::Expired } else { self.status }
    }

    /// Whether nothing moves it before a second person has reviewed it. Approval lies before the one-way door to PENDING, so
    /// that it matters to a RECEIVED order only.
    #[must_use]
    pub fn awaits_approval(&self) -> bool {
        self.status == Status::Received && self.approval.is_some_and(|approval| approval != ApprovalState::Approved)
    }

    /// Whether the CMS has acknowledged it.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        self.attempts > 0 && self.lease_until.is_none() && !self.is_held
    }

    /// Returns the next step at `now` of an order that is sent at most `attempts_max` times.
    #[must_use]
    pub fn next_step(&self, now: Timestamp, attempts_max: u32) -> Step {
        match self.status {
            Status::Received if self.status_at(now) == Status::Expired => Step::Expire,
            Status::Received if self.awaits_approval() => Step::AwaitApproval,
            Status::Received if self.scheduled_at > now => Step::Scheduled,
            Status::Received => Step::Claim,
            Status::Pending if self.is_held => Step::Held,
            Status::Pending => match self.lease_until {
                None => Step::Poll,
                Some(until) if until > now => Step::Leased,
                Some(_) if self.attempts < attempts_max => Step::Reclaim,
                Some(_) if self.attempts < attempts_max + VOIDS_MAX => Step::Void,
                Some(_) => Step::Hold,
            },
            Status::Processed => Step::Poll,
            Status::Success | Status::Failed | Status::Cancelled | Status::Expired => Step::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_its_next_step() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let received = OrderState {
            status: Status::Received,
            scheduled_at: at(100),
            valid_until: at(200),
            lease_until: None,
            attempts: 0,
            is_held: false,
            approval: None,
        };
        let pending = |lease_until: Option<i64>, attempts| OrderState {
            status: Status::Pending,
            lease_until: lease_until.map(at),
            attempts,
            ..received.clone()
        };
        let unapproved = OrderState { approval: Some(ApprovalState::Required), ..received.clone() };
        let approved = OrderState { approval: Some(ApprovalState::Approved), ..received.clone() };
        let held = OrderState { is_held: true, ..pending(Some(150), 6) };
        let processed = OrderState { status: Status::Processed, ..pending(None, 1) };
        let cancelled = OrderState { status: Status::Cancelled, ..received.clone() };
        for (stage, now, want) in [
            (&received, 99, Step::Scheduled),
            (&received, 100, Step::Claim),
            (&received, 199, Step::Claim),
            (&received, 200, Step::Expire),
            (&unapproved, 99, Step::AwaitApproval),
            (&unapproved, 199, Step::AwaitApproval),
            (&unapproved, 200, Step::Expire),
            (&approved, 99, Step::Scheduled),
            (&approved, 100, Step::Claim),
            (&pending(Some(160), 1), 159, Step::Leased),
            (&pending(Some(160), 1), 160, Step::Reclaim),
            // Validity does not end an order that has been sent.
            (&pending(Some(160), 1), 900, Step::Reclaim),
            (&pending(Some(160), 3), 160, Step::Void),
            (&pending(Some(160), 5), 160, Step::Void),
            (&pending(Some(160), 6), 160, Step::Hold),
            (&pending(None, 1), 160, Step::Poll),
            (&held, 900, Step::Held),
            (&processed, 160, Step::Poll),
            (&cancelled, 160, Step::Ended),
        ] {
            assert_eq!(stage.next_step(at(now), 3), want, "{stage:?} at {now}");
            let reads = if want == Step::Expire { Status::Expired } else { stage.status };
            assert_eq!(stage.status_at(at(now)), reads, "{stage:?} at {now}");
        }
    }
}
