//! For whom a step of an order is taken, and what came of it.

use crate::domain::{Status, Step};
use crate::error::{CmsSilence, Error};

/// Who wants to know how far the card management system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// The tick, or a call that asks for all orders: the next one comes anyway.
    Sweep,
    /// A call that asks for one order, and shall get another one the next time.
    Caller,
}

/// What came of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
    /// The step was taken; the order stands here now.
    Handled(Status),
    /// The card management system gave no usable answer; the order is tried again later.
    Unanswered,
    /// The breaker is open: nothing was done.
    Refused,
    /// Something has happened to the order since it was read.
    Lost,
    /// There is nothing to be done at present, for this reason.
    Idle(Step),
}

impl StepOutcome {
    /// What a caller is told: whether an order was handled, or that the card management system was not heard.
    pub fn answer(done: Option<Self>) -> Result<bool, Error> {
        match done {
            Some(Self::Unanswered) => Err(Error::CmsUnavailable(CmsSilence::Unanswered)),
            Some(Self::Refused) => Err(Error::CmsUnavailable(CmsSilence::BreakerOpen)),
            Some(Self::Handled(_) | Self::Lost | Self::Idle(_)) => Ok(true),
            None => Ok(false),
        }
    }
}
