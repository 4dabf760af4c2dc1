//! Claims the kits of a file, block by block, and writes the verdict.
//!
//! **What a claim is.** A [block](crate::store::KitBlock) lists the uploads that claim some of its slots; no two of them claim
//! the same one. A claim carries an *epoch*: how many losses the upload's file had when it was written. It counts only while
//! the file has that many. So one update of a file, one loss more, makes all of its claims void at once, wherever they stand.
//!
//! **Claiming a block.** Most blocks are new: the first try is a put on condition that there is none, one write and no read.
//! If there is one, it comes back with the refusal, and everybody else's claim on one of our slots is judged by that upload's
//! file:
//!
//! - The file is INVALID, its name stands for another upload, or it has more losses than the claim's epoch: the claim is void,
//!   and dropped by our write.
//! - The file is VALID, or not there at all: these slots are lost to us, and our file will be INVALID.
//! - The file is being validated, and we go first, because our upload is older or its lease is over: it gets one loss more, on
//!   condition that it is still validated under the claim's epoch. Then the claim is void.
//! - The file is being validated and goes first: we wait, and look again.
//!
//! The write holds on condition that the block's version is the one that was judged. Our own claim of our epoch means that
//! the block is done: by an earlier call, by another worker on the same file, or by ourselves, and the answer was lost. Our
//! own claim of a newer epoch means that another worker of this file is ahead; an older epoch never overwrites a newer one. A
//! claim of another upload under our own name is void, unless that upload has the name by now: then there is nothing left to
//! do for us.
//!
//! **The verdict.** VALID is one conditional write on the file: it is still being validated, and has as many losses as when its
//! kits were claimed. If it has more, all is claimed anew, under the new epoch.
//!
//! **Going on.** The blocks are claimed in the order of their keys, so that a [`Progress`] of three values tells a later call
//! where to go on: the last block that was done, the epoch, and whether a kit was lost on the way. A progress of another epoch
//! than the file's is worth nothing, and the work begins anew. Which kits were lost is not part of it: for the blocks of
//! earlier calls they are what we wanted and have no claim on, which another look at those blocks tells.
//!
//! An exhaustive search of these rules (`tests/kit_model`) finds a kit in two VALID files as soon as one of them is left out.

use serde::{Deserialize, Serialize};

use super::clashes::Content;
use super::context::Files;
use crate::domain::{KitFile, TenantId};
use crate::error::Error;
use crate::pgk::{BlockKey, Blocks};

/// How far the claims of a file have come.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The last block that is done; all before it are as well.
    pub(super) after: Option<BlockKey>,
    /// The losses of the file under which they were claimed.
    pub(super) epoch: u32,
    /// Whether another file has a kit of them.
    pub(super) has_clashes: bool,
}

/// Who waits for the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// A caller, who is asked to come back rather than kept.
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
    pub(super) content: Content<'a>,
    pub(super) urgency: Urgency,
}

pub(super) fn busy() -> Error {
    Error::Unavailable {
        doing: "claiming kits",
        source: "the claims are not at their end, or wait for another file with the same kits".into(),
    }
}
