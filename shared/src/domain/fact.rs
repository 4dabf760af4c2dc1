//! What the card management system has told of an order, and what becomes of the order's lines by it.

use super::text::text_type;
use super::{Status, card_number};

text_type! {
    /// The card management system's own name of an order: no card number, whatever it may be good for there.
    CmsOrderId, "must be a string of 1 to 64 printable ASCII characters and no card number",
    |text| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
            && !card_number::is_in(text)
    }
}

/// How far the card management system is with a line. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CmsProgress {
    /// Taken; nothing produced yet.
    Accepted,
    /// Cards generated.
    Processed,
    /// Done.
    Success,
    /// Ended without cards.
    Failed,
}

impl CmsProgress {
    /// What a line is by it.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Accepted => Status::Pending,
            Self::Processed => Status::Processed,
            Self::Success => Status::Success,
            Self::Failed => Status::Failed,
        }
    }
}

/// What an order is at the card management system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its own name of the order.
    pub cms_order_id: Option<CmsOrderId>,
    /// How far it is with the order's lines,
    pub order: CmsProgress,
    /// save these, counted from 1.
    pub lines: Vec<(usize, CmsProgress)>,
    /// Whether nothing was produced, and nothing will be: the kits of the order are as good as new.
    pub leaves_kits_unused: bool,
}

impl Fact {
    /// So far with all lines.
    #[must_use]
    pub fn whole(order: CmsProgress) -> Self {
        Self { cms_order_id: None, order, lines: Vec::new(), leaves_kits_unused: false }
    }

    /// Refused or voided: nothing was produced, and nothing will be.
    #[must_use]
    pub fn turned_down(cms_order_id: Option<CmsOrderId>) -> Self {
        Self { cms_order_id, leaves_kits_unused: true, ..Self::whole(CmsProgress::Failed) }
    }

    /// The lines as they are by this fact. What is older than what was known before is passed over, and so is what
    /// contradicts an end.
    #[must_use]
    pub fn apply(&self, lines: &[Status]) -> Vec<Status> {
        let told = |line: usize| {
            let own = self.lines.iter().find(|(number, _)| *number == line);
            own.map_or(self.order, |(_, progress)| *progress).status()
        };
        let forward = |before: Status, told: Status| if before.may_become(told) { told } else { before };
        lines.iter().enumerate().map(|(index, before)| forward(*before, told(index + 1))).collect()
    }

    /// Whether this fact contradicts an end that is known.
    #[must_use]
    pub fn contradicts(&self, lines: &[Status]) -> bool {
        let after: Vec<Status> = self.apply(&vec![Status::Pending; lines.len()]);
        lines.iter().zip(after).any(|(before, told)| before.is_end() && told.is_end() && *before != told)
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{Failed as NoCards, Pending, Processed as Made, Success as Done};
    use super::*;

    #[test]
    fn a_line_moves_forward_only() {
        let fact = |order, lines: &[(usize, CmsProgress)]| Fact { lines: lines.to_vec(), ..Fact::whole(order) };
        for (before, fact, want) in [
            ([Pending, Pending], fact(CmsProgress::Accepted, &[]), [Pending, Pending]),
            ([Pending, Pending], fact(CmsProgress::Accepted, &[(2, CmsProgress::Failed)]), [Pending, NoCards]),
            ([Pending, NoCards], fact(CmsProgress::Success, &[]), [Done, NoCards]),
            ([Made, Done], fact(CmsProgress::Accepted, &[]), [Made, Done]),
            ([Made, Pending], fact(CmsProgress::Success, &[(2, CmsProgress::Processed)]), [Done, Made]),
            ([Pending, Made], fact(CmsProgress::Failed, &[(7, CmsProgress::Success)]), [NoCards, NoCards]),
        ] {
            assert_eq!(fact.apply(&before), want, "{fact:?}");
        }
    }

    #[test]
    fn an_end_that_is_told_otherwise_is_a_contradiction() {
        let fact = Fact::turned_down(None);
        assert!(fact.contradicts(&[Done, Pending]));
        assert!(!fact.contradicts(&[NoCards, Made]));
    }
}
