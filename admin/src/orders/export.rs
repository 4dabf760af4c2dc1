//! `orders export`.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde::Serialize;
use shared::api::{HistoryEntry, WholeOrder};
use shared::domain::{BranchId, Tenant, explain};
use shared::store::{ArchivedOrder, Store};

use super::place::Place;
use super::walk::Walk;
use super::{ExportArguments, find_tenant, range};
use crate::context::{Context, note};
use crate::failure::Failure;

/// Orders read ahead, and at a time.
const AHEAD: usize = 100;
const READ_AT_ONCE: usize = 16;
/// How many orders are written between two progress messages.
const REPORT_EVERY: usize = 1_000;

/// A line of the export.
#[derive(Serialize)]
struct ExportedOrder {
    #[serde(flatten)]
    order: WholeOrder,
    history: Vec<HistoryEntry>,
}

/// How far an export has come.
#[derive(Default)]
struct Progress {
    orders: usize,
    branches: BTreeSet<BranchId>,
    /// The last order that was handed to standard output.
    last: Option<Place>,
    /// The last one that certainly stands there.
    flushed: Option<Place>,
}

pub(crate) async fn run(context: &Context, store: &Store, arguments: ExportArguments) -> Result<(), Failure> {
    let ExportArguments { tenant, from, to, from_token } = arguments;
    if from_token.as_ref().is_some_and(|place| place.tenant != tenant || place.branch.is_none()) {
        return Err(Failure::Usage("--from-token belongs to another export".to_owned()));
    }
    let tenant = find_tenant(store, tenant).await?;
    let range = range(&tenant, Some(from), Some(to))?;
    let mut progress = Progress { last: from_token.clone(), flushed: from_token.clone(), ..Progress::default() };
    let mut out = BufWriter::new(io::stdout());
    let written = async {
        let mut walk = Walk::start(store, &tenant, range, from_token).await?;
        write_all((context, store, &tenant), &mut walk, &mut out, &mut progress).await
    };
    let written = tokio::select! {
        written = written => written,
        stopped = tokio::signal::ctrl_c() => Err(match stopped {
            Ok(()) => Failure::Other("interrupted".to_owned()),
            Err(error) => Failure::Write(error),
        }),
    };
    let written = written.map_err(|failure| match failure {
        // The export is not whole, whoever stopped reading.
        Failure::Write(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Failure::Other("standard output was closed before the end".to_owned())
        }
        failure => failure,
    });
    match (&written, &progress.flushed) {
        (Err(_), Some(place)) => note(&format!("to go on: --from-token {place}"))?,
        (Err(_), None) => {}
        (Ok(()), _) => note(&progress.summary())?,
    }
    written
}

async fn write_all(
    (context, store, tenant): (&Context, &Store, &Tenant),
    walk: &mut Walk<'_>,
    out: &mut impl Write,
    progress: &mut Progress,
) -> Result<(), Failure> {
    while let (Some(branch), orders) = walk.next(AHEAD).await? {
        let now = context.clock.now();
        let read = |id| async move { store.archived_order(&tenant.id, &id, now).await };
        let mut found = futures_util::stream::iter(orders).map(read).buffered(READ_AT_ONCE);
        while let Some(order) = found.try_next().await? {
            // Retention may have removed it since its row was read.
            let Some(order) = order else { continue };
            let (at, id) = (order.order.received_at, order.order.id.clone());
            serde_json::to_writer(&mut *out, &ExportedOrder::new(order, tenant, now)).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
            progress.last = Some(Place { tenant: tenant.id.clone(), branch: Some(branch.clone()), at, order: id });
            progress.orders += 1;
            progress.branches.insert(branch.clone());
            if progress.orders.is_multiple_of(REPORT_EVERY) {
                progress.flush(out)?;
                progress.report()?;
            }
        }
        progress.flush(out)?;
    }
    Ok(())
}

impl ExportedOrder {
    fn new(archived: ArchivedOrder, tenant: &Tenant, now: Timestamp) -> Self {
        let ArchivedOrder { order, body, history } = archived;
        let explanation = explain(&order, tenant, now);
        Self {
            order: WholeOrder::new(order, body.expose(), explanation),
            history: history.into_iter().map(HistoryEntry::from).collect(),
        }
    }
}

impl Progress {
    fn flush(&mut self, out: &mut impl Write) -> Result<(), Failure> {
        out.flush()?;
        self.flushed.clone_from(&self.last);
        Ok(())
    }

    fn summary(&self) -> String {
        let plural = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
        let branches = plural(self.branches.len(), "branch", "branches");
        format!("{} of {branches}", plural(self.orders, "order", "orders"))
    }

    fn report(&self) -> Result<(), Failure> {
        let token = self.last.as_ref().map(|place| format!("; to go on from here: --from-token {place}"));
        note(&format!("{}{}", self.summary(), token.unwrap_or_default()))
    }
}
