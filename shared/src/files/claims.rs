//! The claims of a file on its kits, and the protocol by which files compete for them.
//!
//! **What a claim is.** A [block](crate::store::KitBlock) lists the uploads that claim some of its slots; no two of them claim
//! the same slot. A claim carries an *epoch*: the number of losses that the upload's file had when the claim was written. It
//! counts only while the file has exactly that many. So one update of a file, one more loss, voids all of its claims at
//! once, wherever they are. This update is called fencing.
//!
//! **Claiming a block.** Most blocks are new, so the first try is a put on condition that the block does not exist: one write
//! and no read. If it exists, it comes back with the refusal, and every other claim on one of our slots is judged by its file:
//!
//! - The file is INVALID, its name belongs to another upload, or it has more losses than the claim's epoch: the claim is
//!   void, and our write drops it.
//! - The file is VALID, or missing: these slots are lost to us, and our file will be INVALID.
//! - The file is being validated, and we go first, because our upload is older or its lease has lapsed: we fence it, on
//!   condition that it is still being validated under the claim's epoch. Then the claim is void.
//! - The file is being validated and goes first: we wait and read it again.
//!
//! The write is conditional on the version of the block that was judged. Our own claim of our epoch means that the block is
//! done: by an earlier call, by another worker on the same file, or by a write of ours whose answer was lost. Our own claim of
//! a newer epoch means that another worker on this file is ahead; an older epoch never overwrites a newer one. A claim of
//! another upload under our own name is void, unless the name belongs to that upload by now: then nothing is left to do.
//!
//! **The verdict.** VALID, and INVALID because of lost kits, is one conditional write on the file: it is still being validated,
//! and has as many losses as when its kits were claimed. If it has more, everything is claimed again under the new epoch, after
//! a pause, so that two files do not keep fencing each other.
//!
//! **Continuing.** The blocks are claimed in the order of their keys, so that a [`Progress`] of three values tells a later call
//! where to continue: the last block that is done, the epoch, and whether a kit was lost on the way. A progress of another
//! epoch than the file's is worthless, and the work starts over. The lost kits are not part of it: for the blocks of earlier
//! calls they are what we want and do not claim, which reading those blocks again shows.
//!
//! `tests/kit_model` searches these rules exhaustively, and finds a kit in two VALID files as soon as one is left out.

use serde::{Deserialize, Serialize};

use super::clashes::FileBytes;
use super::context::Files;
use crate::domain::{KitFile, TenantId};
use crate::error::Error;
use crate::pgk::{BlockKey, Blocks};

/// How far the blocks of a file are claimed, carried from one message to the next.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The last block that is done; all before it are as well.
    pub(super) after: Option<BlockKey>,
    /// The losses of the file under which they were claimed.
    pub(super) epoch: u32,
    /// Whether another file has one of their kits.
    pub(super) has_clashes: bool,
}

/// What waits for the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// A caller, who is asked to retry rather than kept waiting.
    Caller,
    /// A message in a queue, which may take as long as the call may.
    Queue,
}

/// A file that is being validated, and what it claims.
pub(super) struct Claims<'a> {
    pub(super) files: &'a Files,
    pub(super) tenant: &'a TenantId,
    /// As it was read before the first of its blocks was claimed.
    pub(super) file: KitFile,
    pub(super) blocks: &'a Blocks,
    pub(super) content: FileBytes<'a>,
    pub(super) urgency: Urgency,
}

pub(super) fn busy() -> Error {
    Error::Unavailable {
        doing: "claiming kits",
        source: "the claims are not finished, or wait for another file with the same kits".into(),
    }
}
