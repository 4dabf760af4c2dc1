//! Claims the kits of a file and writes the verdict: in the order of the lines, so that the work can stop anywhere and
//! go on there.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::{LEASE, Places};
use crate::domain::{FileStatus, FileToken, KitFile, TenantId};
use crate::error::Error;
use crate::pgk::{KitNo, Kits, PgkFaults};
use crate::store::{Claim, Finished, KitOwner, Losses};

/// Claims under way at once.
const AT_ONCE: usize = 64;
/// Kits that are claimed between two looks at the clock.
const WINDOW: usize = 2_048;
/// Clashing lines that are kept.
const CLASHES_MAX: usize = 50;
/// How often a file that lost a kit to an older one starts over, and how often it waits for an older one's verdict.
const ROUNDS_MAX: u32 = 5;
const WAITS_MAX: u32 = 40;
const WAIT: Duration = Duration::from_millis(250);
/// How often a window is claimed anew when the store throttles, with a pause that doubles.
const PAUSES_MAX: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

const KIT_IN_USE: &str = "must be unique among the tenant's kits";

/// How far the claims of a file have come.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Kits that need no further look.
    done: usize,
    /// The first lines whose kit another file has.
    clashes: Vec<u32>,
    /// How many more there are.
    more_clashes: u64,
}

/// What became of a file.
#[derive(Debug)]
pub(super) enum Settled {
    /// It is valid; or was already, by a call with the same content.
    Valid { is_replay: bool },
    /// It is invalid, for these reasons.
    Invalid(Vec<String>),
    /// Its name stands for another content now.
    NameTaken,
    /// The time was up.
    OutOfTime(Progress),
}

/// Who waits for the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// A caller, who is told to come back rather than kept.
    Caller,
    /// A message in a queue, which may take minutes.
    Queue,
}

/// The claims of one file that is being validated.
pub(super) struct Claims<'a> {
    places: Places<'a>,
    tenant: &'a TenantId,
    /// As it was before the first of its kits was claimed.
    file: KitFile,
    kits: &'a Kits,
    patience: Patience,
    /// Contents that were looked at: they will never be VALID, or are so for good.
    known: Mutex<HashMap<FileToken, bool>>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(
        places: Places<'a>,
        tenant: &'a TenantId,
        file: KitFile,
        kits: &'a Kits,
        patience: Patience,
    ) -> Self {
        Self { places, tenant, file, kits, patience, known: Mutex::default() }
    }

    /// Claims every kit and writes the verdict, as long as `has_time` says so.
    pub(super) async fn settle(
        &mut self,
        from: Progress,
        has_time: &(dyn Fn() -> bool + Sync),
    ) -> Result<Settled, Error> {
        let mut progress = from;
        for _ in 0..ROUNDS_MAX {
            match self.claim_all(&mut progress, has_time).await? {
                Round::Done => {}
                Round::OutOfTime => return Ok(Settled::OutOfTime(progress)),
            }
            let sentences = clash_sentences(&progress.clashes, progress.more_clashes);
            match self.places.store.finish_file(self.tenant, &self.file, sentences.clone(), Losses::Same).await? {
                Finished::Written if sentences.is_empty() => {
                    tracing::info!(file.name = %self.file.name, file.kits = self.file.details, "file is valid");
                    return Ok(Settled::Valid { is_replay: false });
                }
                Finished::Written => return Ok(Settled::Invalid(sentences)),
                Finished::LostKits { losses } => {
                    self.file.losses = losses;
                    progress = Progress::default();
                }
                Finished::Overtaken(other) => return Ok(self.settled_by(other.map(|other| *other))),
            }
        }
        Err(busy())
    }

    /// What a verdict that was there before ours means for us.
    fn settled_by(&self, other: Option<KitFile>) -> Settled {
        match other {
            Some(other) if other.token == self.file.token && other.status == FileStatus::Invalid => {
                Settled::Invalid(other.faults)
            }
            Some(other) if other.token == self.file.token && other.status == FileStatus::Valid => {
                Settled::Valid { is_replay: false }
            }
            // The same bytes under another token are the same answer to the caller.
            Some(other) if other.status == FileStatus::Valid && other.digest == self.file.digest => {
                Settled::Valid { is_replay: true }
            }
            _ => Settled::NameTaken,
        }
    }

    /// Claims the kits that are not done.
    async fn claim_all(&self, progress: &mut Progress, has_time: &(dyn Fn() -> bool + Sync)) -> Result<Round, Error> {
        loop {
            let window: Vec<(KitNo, u32)> = self.kits.iter().skip(progress.done).take(WINDOW).collect();
            if window.is_empty() {
                return Ok(Round::Done);
            }
            if !has_time() {
                return Ok(Round::OutOfTime);
            }
            let until = self.places.clock.now() + LEASE;
            if !self.places.store.renew_lease(self.tenant, &self.file, until).await? {
                // The verdict will tell.
                return Ok(Round::Done);
            }
            let mut clashes = self.claim_window(&window).await?;
            clashes.sort_unstable();
            let room = CLASHES_MAX.saturating_sub(progress.clashes.len()).min(clashes.len());
            progress.more_clashes += clashes.drain(room..).count() as u64;
            progress.clashes.extend(clashes);
            progress.done += window.len();
        }
    }

    /// Claims some kits; the lines of those that another file has. A store that throttles is given time, unless
    /// a caller waits.
    async fn claim_window(&self, window: &[(KitNo, u32)]) -> Result<Vec<u32>, Error> {
        let mut pause = PAUSE;
        for _ in 0..PAUSES_MAX {
            match self.try_window(window).await {
                Err(Error::Unavailable { doing, source }) if self.patience == Patience::Queue => {
                    tracing::warn!(doing, cause = %source, pause_ms = pause.as_millis(), "claims pause");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                done => return done,
            }
        }
        self.try_window(window).await
    }

    async fn try_window(&self, window: &[(KitNo, u32)]) -> Result<Vec<u32>, Error> {
        let claims = window.iter().copied().map(|(kit, line)| self.claim_line(kit, line));
        let lost = futures_util::stream::iter(claims).buffer_unordered(AT_ONCE);
        lost.try_filter_map(|line| async move { Ok(line) }).try_collect().await
    }

    /// Claims the kit of a line; the line, if another file has it.
    async fn claim_line(&self, kit: KitNo, line: u32) -> Result<Option<u32>, Error> {
        Ok((!self.claim(kit).await?).then_some(line))
    }

    /// Claims one kit. Against a valid file it is lost; of two files that are being validated the older goes first, and
    /// the younger waits for its verdict.
    async fn claim(&self, kit: KitNo) -> Result<bool, Error> {
        let store = self.places.store;
        for _ in 0..WAITS_MAX {
            let owner = match store.claim_kit(self.tenant, kit, &self.file).await? {
                Claim::Ours => return Ok(true),
                Claim::Taken(owner) => owner,
            };
            let is_ours = match self.standing(&owner).await? {
                Standing::Valid => return Ok(false),
                Standing::Abandoned => store.inherit_kit(self.tenant, kit, &self.file, &owner).await?,
                Standing::Yields => store.seize_kit(self.tenant, kit, &self.file, &owner).await?,
                Standing::GoesFirst => {
                    tokio::time::sleep(WAIT).await;
                    false
                }
                // The verdict on this file is no longer ours to write, and will tell.
                Standing::NameTaken => return Ok(true),
            };
            if is_ours {
                return Ok(true);
            }
        }
        Err(busy())
    }

    /// How another content's claim stands against ours.
    async fn standing(&self, owner: &KitOwner) -> Result<Standing, Error> {
        let known = self.known.lock().ok().and_then(|known| known.get(&owner.token).copied());
        if let Some(is_valid) = known {
            return Ok(if is_valid { Standing::Valid } else { Standing::Abandoned });
        }
        let other = self.places.store.file(self.tenant, &owner.file).await?;
        if owner.file == self.file.name && other.as_ref().is_none_or(|other| other.token != self.file.token) {
            return Ok(Standing::NameTaken);
        }
        let standing = match other.filter(|other| other.token == owner.token) {
            None => Standing::Abandoned,
            Some(other) => match other.status {
                FileStatus::Invalid => Standing::Abandoned,
                FileStatus::Valid => Standing::Valid,
                FileStatus::Stored | FileStatus::Validating => {
                    let is_dead = other.lease_until < self.places.clock.now();
                    if is_dead || self.file.token < other.token { Standing::Yields } else { Standing::GoesFirst }
                }
            },
        };
        if let (Standing::Valid | Standing::Abandoned, Ok(mut known)) = (&standing, self.known.lock()) {
            known.insert(owner.token.clone(), matches!(standing, Standing::Valid));
        }
        Ok(standing)
    }
}

/// How a round of claims ended.
enum Round {
    Done,
    OutOfTime,
}

/// How another content's claim stands against ours.
enum Standing {
    /// It is final.
    Valid,
    /// It will never be VALID.
    Abandoned,
    /// It is being validated, and ours goes first: it is older, or the other shows no sign of life.
    Yields,
    /// It is being validated, and goes first.
    GoesFirst,
    /// It is of our own name, which stands for another content now.
    NameTaken,
}

pub(super) fn clash_sentences(lines: &[u32], more: u64) -> Vec<String> {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    let mut faults = PgkFaults::default();
    for line in lines {
        faults.field(u64::from(line), "kitNo", KIT_IN_USE);
    }
    faults.count_more(more);
    faults.into_sentences()
}

pub(super) fn busy() -> Error {
    Error::Unavailable {
        doing: "claiming kits",
        source: "the claims are not at their end, or wait for another file with the same kits".into(),
    }
}
