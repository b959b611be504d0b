//! Reading what was journaled.

use bytes::Bytes;
use eve_core::event::{Event as _, ReleaseEvent};
use eve_core::{
    AttemptId, Entry, EnvironmentId, Journal, Ledger, LogItem, LogOptions, OrgName, ProjectName, Release, Result,
    RunId, Runner, StreamId,
};
use futures_util::stream::StreamExt as _;

use crate::RunRecord;

/// How many entries are asked for at once.
const PAGE: usize = 1000;

/// A whole stream.
pub(crate) async fn stream(journal: &dyn Journal, stream: &StreamId) -> Result<Vec<Entry>> {
    let mut out: Vec<Entry> = Vec::new();
    loop {
        let after = out.last().map_or(0, |entry| entry.sequence);
        let page = journal.read(stream, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        out.extend(page);
        if is_last {
            return Ok(out);
        }
    }
}

/// The ledger of an environment.
pub(crate) async fn ledger(journal: &dyn Journal, env: &EnvironmentId) -> Result<Ledger> {
    Ledger::fold(&stream(journal, &StreamId::environment(env)).await?)
}

/// A run.
pub(crate) async fn run(journal: &dyn Journal, env: &EnvironmentId, id: &RunId) -> Result<RunRecord> {
    RunRecord::fold(id, &stream(journal, &StreamId::run(env, id)).await?)
}

/// The ids of an environment's runs, oldest first.
pub(crate) async fn run_ids(journal: &dyn Journal, env: &EnvironmentId) -> Result<Vec<RunId>> {
    let prefix = StreamId::runs_prefix(env);
    let streams = journal.streams(&prefix).await?;
    streams.iter().filter_map(|(stream, _)| stream.as_str().strip_prefix(&prefix)).map(RunId::new).collect()
}

/// The releases of a project, oldest first, with the stream's sequence.
pub(crate) async fn releases(
    journal: &dyn Journal,
    org: &OrgName,
    project: &ProjectName,
) -> Result<(Vec<Release>, u64)> {
    let entries = stream(journal, &StreamId::releases(org, project)).await?;
    let sequence = entries.last().map_or(0, |entry| entry.sequence);
    let read = |entry: &Entry| match ReleaseEvent::read(entry) {
        Ok(ReleaseEvent::Recorded { release }) => Some(Ok(*release)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    };
    Ok((entries.iter().filter_map(read).collect::<Result<_>>()?, sequence))
}

/// What a running attempt has written so far.
pub(crate) async fn live_log(runner: &dyn Runner, attempt: &AttemptId) -> Result<Bytes> {
    let mut lines = runner.logs(attempt, LogOptions::default());
    let mut out = Vec::new();
    while let Some(item) = lines.next().await {
        if let LogItem::Line { bytes, .. } = item? {
            out.extend_from_slice(&bytes);
            out.push(b'\n');
        }
    }
    Ok(out.into())
}
