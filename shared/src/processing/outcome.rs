//! For whom a step of an order is taken, and what came of it.

use crate::domain::{Status, Step};
use crate::error::{CmsProblem, Error};

/// On whose behalf an order is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// The tick, or a call for all orders: the next one comes anyway.
    Sweep,
    /// A call for one order, which should get another one the next time.
    Caller,
}

/// What came of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
    /// The step was taken; the order has this status now.
    Handled(Status),
    /// The CMS gave no usable answer; the order is tried again later.
    Unanswered,
    /// The breaker is open: nothing was done.
    Refused,
    /// Something has happened to the order since it was read.
    Lost,
    /// Nothing is to be done now, for this reason.
    Idle(Step),
}

impl StepOutcome {
    /// The answer to a caller: whether an order was handled, or that the CMS gave no answer.
    pub fn answer(done: Option<Self>) -> Result<bool, Error> {
        match done {
            Some(Self::Unanswered) => Err(Error::CmsUnavailable(CmsProblem::Unanswered)),
            Some(Self::Refused) => Err(Error::CmsUnavailable(CmsProblem::BreakerOpen)),
            Some(Self::Handled(_) | Self::Lost | Self::Idle(_)) => Ok(true),
            None => Ok(false),
        }
    }
}
