//! The end of a file: once every kit is claimed, one conditional write says VALID or INVALID.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};

use super::claims::{Claims, Progress, busy};
use super::clashes;
use super::rivals::Rivals;
use super::walk::{AT_ONCE, Round, Walk};
use crate::deadline::Deadline;
use crate::domain::{FileStatus, KitFile};
use crate::error::Error;
use crate::pgk::{BlockKey, KitNo};
use crate::store::{Basis, FinishOutcome};

/// How often a file that lost its claims starts over, and how long the first pause may be.
const ROUNDS_MAX: u32 = 10;
const PAUSE_MS: u64 = 10;

/// How the validation of a file ended.
#[derive(Debug)]
pub(super) enum Settled {
    /// It is valid; or was already, by a call with the same content.
    Valid { is_replay: bool },
    /// It is invalid, for these reasons.
    Invalid(Vec<String>),
    /// Its name belongs to other content now.
    NameTaken,
    /// Another upload of the same bytes replaced it and is being validated.
    Replaced,
    /// The time was up.
    OutOfTime(Progress),
}

impl Claims<'_> {
    /// Claims every kit and writes the verdict, until the deadline.
    pub(super) async fn settle(&self, from: Progress, deadline: &Deadline) -> Result<Settled, Error> {
        let rivals = Rivals::new(self.files, self.tenant);
        let is_current = from.epoch == self.file.losses;
        let progress = if is_current { from } else { Progress { epoch: self.file.losses, ..Progress::default() } };
        let mut walk = Walk::new(progress, self.file.lease_until);
        for round in 0..ROUNDS_MAX {
            // A file whose claims were voided lets the other one finish; otherwise the two could void each other's claims for
            // ever.
            if round > 0 {
                let longest_ms = PAUSE_MS << round.min(5);
                tokio::time::sleep(Duration::from_millis(fastrand::u64(longest_ms / 2..=longest_ms))).await;
            }
            match self.claim_all(&mut walk, &rivals, deadline).await? {
                Round::OutOfTime => return Ok(Settled::OutOfTime(walk.progress)),
                Round::Behind => match self.files.store.file(self.tenant, &self.file.name).await? {
                    Some(known) if known.upload == self.file.upload && known.status == FileStatus::Validating => {
                        walk = Walk::under(known.losses, known.lease_until);
                        continue;
                    }
                    known => return Ok(self.settled_by(known)),
                },
                Round::Done => {}
            }
            let sentences = self.clashes(&mut walk).await?;
            let epoch = Basis::Claims { epoch: walk.progress.epoch };
            let now = self.files.clock.now();
            match self.files.store.finish_file(self.tenant, &self.file, sentences.clone(), epoch, now).await? {
                FinishOutcome::Written if sentences.is_empty() => {
                    tracing::info!(file.name = %self.file.name, file.kits = self.file.details, "file is valid");
                    return Ok(Settled::Valid { is_replay: false });
                }
                FinishOutcome::Written => return Ok(Settled::Invalid(sentences)),
                FinishOutcome::LostKits { losses } => walk = Walk::under(losses, walk.lease_until),
                FinishOutcome::Overtaken(other) => return Ok(self.settled_by(other.map(|other| *other))),
            }
        }
        Err(busy())
    }

    /// Returns the end that another writer gave our name. The same bytes have the same answer, whichever upload brought them.
    fn settled_by(&self, other: Option<KitFile>) -> Settled {
        let is_same = |other: &KitFile| other.upload == self.file.upload || other.digest == self.file.digest;
        let Some(other) = other.filter(is_same) else { return Settled::NameTaken };
        match other.status {
            FileStatus::Valid => Settled::Valid { is_replay: other.upload != self.file.upload },
            FileStatus::Invalid => Settled::Invalid(other.faults),
            FileStatus::Stored | FileStatus::Validating => Settled::Replaced,
        }
    }

    /// Returns the sentences on the kits that other files have.
    async fn clashes(&self, walk: &mut Walk) -> Result<Vec<String>, Error> {
        if !walk.progress.has_clashes {
            return Ok(Vec::new());
        }
        let mut lost = std::mem::take(&mut walk.lost);
        if let Some(until) = walk.from {
            self.recall(until, walk.progress.epoch, &mut lost).await?;
        }
        clashes::sentences(self.files, self.content, lost).await
    }

    /// Adds the kits that earlier calls lost, in the blocks up to this one: those that we want and have not claimed.
    async fn recall(&self, until: BlockKey, epoch: u32, lost: &mut Vec<KitNo>) -> Result<(), Error> {
        let reads = self.blocks.after(None).take_while(|(key, _)| *key <= until).map(|(key, wanted)| async move {
            let block = self.files.store.kit_block(self.tenant, key).await?;
            let ours = block.claims.iter().find(|claim| claim.upload == self.file.upload && claim.epoch == epoch);
            Ok::<_, Error>((key, ours.map_or(wanted, |ours| wanted.without(&ours.slots))))
        });
        let mut reads = futures_util::stream::iter(reads).buffered(AT_ONCE);
        while let Some((key, slots)) = reads.try_next().await? {
            lost.extend(key.kits(slots));
        }
        Ok(())
    }
}
