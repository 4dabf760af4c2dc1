//! Claims the blocks of a file in the order of their keys, many at once. [`super::claims`] says what is claimed when, and
//! why.

use std::time::Duration;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};

use super::claims::{Claims, Progress, Urgency, busy};
use super::context::LEASE;
use super::rivals::{Rivals, Standing};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::pgk::{BlockKey, KitNo, Slots};
use crate::store::{KitBlock, KitClaim};

/// How many blocks are claimed at once: at first, and on a store that keeps throttling.
pub(super) const AT_ONCE: usize = 64;
const AT_ONCE_MIN: usize = 4;
/// How often a block is read while others keep writing it.
const LOOKS_MAX: u32 = 100;
/// The pause before a file that goes first is read again, and the number of pauses that a caller waits.
const WAIT: Duration = Duration::from_millis(250);
const WAITS_MAX: u32 = 40;
/// How often claims are retried while the store throttles all of them, and the first pause, which doubles.
const PAUSES_MAX: u32 = 6;
const PAUSE_MS: u64 = 500;
/// A lease with less than this left is renewed.
const LEASE_LOW: SignedDuration = SignedDuration::from_secs(90);

/// How far a walk has come, and what it has found.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) progress: Progress,
    /// The last block that was claimed before this walk.
    pub(super) from: Option<BlockKey>,
    /// The kits that others have, in the blocks after that one.
    pub(super) lost: Vec<KitNo>,
    pub(super) lease_until: Timestamp,
    /// Blocks that are claimed at once.
    at_once: usize,
}

impl Walk {
    pub(super) fn new(progress: Progress, lease_until: Timestamp) -> Self {
        Self { from: progress.after, progress, lost: Vec::new(), lease_until, at_once: AT_ONCE }
    }

    /// A walk from the first block on, under an epoch.
    pub(super) fn under(epoch: u32, lease_until: Timestamp) -> Self {
        Self::new(Progress { epoch, ..Progress::default() }, lease_until)
    }
}

/// How a walk ended.
pub(super) enum Round {
    /// Every block is claimed.
    Done,
    OutOfTime,
    /// Another worker of the file is ahead, or the file is no longer being validated.
    Behind,
}

/// Why a walk stopped.
enum Stop {
    End(Round),
    /// The file of this claim goes first.
    Waits(KitClaim),
}

impl Claims<'_> {
    /// Claims the blocks that are not done. Waits for files that go first, and for a store that throttles.
    pub(super) async fn claim_all(
        &self,
        walk: &mut Walk,
        rivals: &Rivals<'_>,
        deadline: &Deadline,
    ) -> Result<Round, Error> {
        let (mut waits_for, mut waits, mut pauses) = (None, 0, 0);
        while deadline.has_time() {
            let before = walk.progress.after;
            let stop = self.advance(walk, rivals, waits_for.take(), deadline).await;
            if walk.progress.after != before {
                pauses = 0;
            }
            match stop {
                Ok(Stop::End(round)) => return Ok(round),
                Ok(Stop::Waits(_)) if self.urgency == Urgency::Caller && waits == WAITS_MAX => return Err(busy()),
                Ok(Stop::Waits(_)) if !deadline.has_time() => return Ok(Round::OutOfTime),
                Ok(Stop::Waits(claim)) => {
                    waits += 1;
                    waits_for = Some(claim);
                    tokio::time::sleep(WAIT).await;
                }
                Err(Error::Unavailable { doing, source }) if self.urgency == Urgency::Queue && pauses < PAUSES_MAX => {
                    let pause_ms = PAUSE_MS << pauses;
                    tracing::warn!(doing, cause = %source, pause_ms, "the store is busy; claiming kits pauses");
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(pause_ms..2 * pause_ms))).await;
                    pauses += 1;
                    walk.at_once = (walk.at_once / 2).max(AT_ONCE_MIN);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Round::OutOfTime)
    }

    /// Walks until the end, or until something is in the way. Claims under way are then dropped: claiming a block again is
    /// harmless.
    async fn advance(
        &self,
        walk: &mut Walk,
        rivals: &Rivals<'_>,
        waits_for: Option<KitClaim>,
        deadline: &Deadline,
    ) -> Result<Stop, Error> {
        if !self.renew_lease(walk).await? {
            return Ok(Stop::End(Round::Behind));
        }
        if let Some(claim) = waits_for
            && let Standing::Open(_) = rivals.contest(&claim, &self.file.upload).await?
        {
            return Ok(Stop::Waits(claim));
        }
        let epoch = walk.progress.epoch;
        let claims = self
            .blocks
            .after(walk.progress.after)
            .map(|(key, wanted)| async move { Ok::<_, Error>((key, self.claim(key, &wanted, epoch, rivals).await?)) });
        let mut claims = futures_util::stream::iter(claims).buffered(walk.at_once);
        while let Some(claimed) = claims.next().await {
            let (key, lost) = match claimed? {
                (key, Ok(lost)) => (key, lost),
                (_, Err(stop)) => return Ok(stop),
            };
            walk.progress.after = Some(key);
            walk.progress.has_clashes |= !lost.is_empty();
            walk.lost.extend(key.kits(lost));
            if !self.renew_lease(walk).await? {
                return Ok(Stop::End(Round::Behind));
            }
            if !deadline.has_time() {
                return Ok(Stop::End(Round::OutOfTime));
            }
        }
        Ok(Stop::End(Round::Done))
    }

    /// Renews the lease on the file when it is low. Returns `false` if the file is no longer being validated.
    async fn renew_lease(&self, walk: &mut Walk) -> Result<bool, Error> {
        let now = self.files.clock.now();
        if walk.lease_until > now + LEASE_LOW {
            return Ok(true);
        }
        walk.lease_until = now + LEASE;
        self.files.store.renew_lease(self.tenant, &self.file, walk.lease_until).await
    }

    /// Claims the slots of one block, except those that valid files have. Returns these, or why the walk must stop.
    async fn claim(
        &self,
        key: BlockKey,
        wanted: &Slots,
        epoch: u32,
        rivals: &Rivals<'_>,
    ) -> Result<Result<Slots, Stop>, Error> {
        const BEHIND: Stop = Stop::End(Round::Behind);
        let mut block = KitBlock::default();
        for _ in 0..LOOKS_MAX {
            let (mut kept, mut own, mut lost) = (Vec::new(), None, Slots::default());
            for claim in block.claims {
                let contested = claim.slots.shared_with(wanted);
                if claim.upload == self.file.upload {
                    own = Some(claim);
                } else if contested.is_empty() {
                    kept.push(claim);
                } else if claim.file == self.file.name {
                    // One of us two was replaced by the other.
                    if !matches!(rivals.look(&claim).await?, Standing::Void) {
                        return Ok(Err(BEHIND));
                    }
                } else {
                    match rivals.contest(&claim, &self.file.upload).await? {
                        Standing::Void => {}
                        Standing::Valid => {
                            lost = lost.joined_with(&contested);
                            kept.push(claim);
                        }
                        Standing::Open(_) => return Ok(Err(Stop::Waits(claim))),
                    }
                }
            }
            let slots = wanted.without(&lost);
            match own {
                Some(own) if own.epoch > epoch => return Ok(Err(BEHIND)),
                Some(own) if own.epoch == epoch && own.slots == slots => return Ok(Ok(lost)),
                _ if slots.is_empty() => return Ok(Ok(lost)),
                _ => {}
            }
            kept.push(KitClaim { upload: self.file.upload.clone(), file: self.file.name.clone(), epoch, slots });
            match self.files.store.write_kit_block(self.tenant, key, block.version, kept).await? {
                None => return Ok(Ok(lost)),
                Some(changed) => block = changed,
            }
        }
        Err(busy())
    }
}
