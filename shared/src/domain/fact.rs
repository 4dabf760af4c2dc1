//! What the card management system (CMS) reports about an order, and how that changes the order's lines.

use super::text::text_type;
use super::{Status, card_number};

text_type! {
    /// The CMS's own id of an order. It must not contain a card number.
    CmsOrderId, "must be a string of 1 to 64 printable ASCII characters and no card number",
    |text| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
            && !card_number::is_in(text)
    }
}

/// The progress of a line at the CMS. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CmsProgress {
    /// Accepted; nothing produced yet.
    Accepted,
    /// Cards generated.
    Processed,
    /// Done.
    Success,
    /// Ended without cards.
    Failed,
}

impl CmsProgress {
    /// Returns the status of a line with this progress.
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

/// The state of an order at the CMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The CMS's own id of the order.
    pub cms_order_id: Option<CmsOrderId>,
    /// The progress of the order's lines, except for those in `lines`.
    pub order: CmsProgress,
    /// The progress of single lines, counted from 1.
    pub lines: Vec<(usize, CmsProgress)>,
    /// Whether nothing was produced and nothing will be, so that the order's kits can be used again.
    pub leaves_kits_unused: bool,
}

impl Fact {
    /// Creates a fact with the same progress for all lines.
    #[must_use]
    pub fn whole(order: CmsProgress) -> Self {
        Self { cms_order_id: None, order, lines: Vec::new(), leaves_kits_unused: false }
    }

    /// Creates the fact of a rejected or voided order: nothing was produced, and nothing will be.
    #[must_use]
    pub fn turned_down(cms_order_id: Option<CmsOrderId>) -> Self {
        Self { cms_order_id, leaves_kits_unused: true, ..Self::whole(CmsProgress::Failed) }
    }

    /// Returns the lines after this fact. Progress that is older than the known status, or contradicts a final one, is
    /// ignored.
    #[must_use]
    pub fn apply(&self, lines: &[Status]) -> Vec<Status> {
        let reported = |line: usize| {
            let own = self.lines.iter().find(|(number, _)| *number == line);
            own.map_or(self.order, |(_, progress)| *progress).status()
        };
        let forward = |before: Status, next: Status| if before.may_become(next) { next } else { before };
        lines.iter().enumerate().map(|(index, before)| forward(*before, reported(index + 1))).collect()
    }

    /// Whether this fact contradicts a known final status.
    #[must_use]
    pub fn contradicts(&self, lines: &[Status]) -> bool {
        let after: Vec<Status> = self.apply(&vec![Status::Pending; lines.len()]);
        lines.iter().zip(after).any(|(before, after)| before.is_end() && after.is_end() && *before != after)
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
