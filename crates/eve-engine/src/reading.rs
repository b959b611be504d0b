//! Reading what was journaled.

use bytes::Bytes;
use eve_core::event::{Event as _, ReleaseEvent, RunEvent};
use eve_core::{
    AttemptId, Deadline, Digest, Entry, EnvironmentId, Error, Journal, Ledger, LogItem, LogOptions, OrgName,
    ProjectName, Release, ReleaseId, Result, RunId, Runner, StreamId, codes,
};
use futures_util::stream::StreamExt as _;

use crate::RunRecord;
use crate::parts::Parts;

/// How many entries are asked for at once.
const PAGE: usize = 1000;
/// How much of an attempt's log is kept among the blobs, from its end.
const KEPT_LOG: usize = 1024 * 1024;

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
    let streams = journal.streams(&StreamId::runs_prefix(env)).await?;
    streams.iter().map(|(stream, _)| run_id(env, stream)).collect()
}

/// The run that a stream is of.
pub(crate) fn run_id(env: &EnvironmentId, stream: &StreamId) -> Result<RunId> {
    let prefix = StreamId::runs_prefix(env);
    RunId::new(stream.as_str().strip_prefix(&prefix).unwrap_or_default())
}

/// The youngest run that was asked for with a key, and the digest of what was asked for.
pub(crate) async fn keyed(journal: &dyn Journal, env: &EnvironmentId, key: &str) -> Result<Option<(RunId, Digest)>> {
    for (stream, _) in journal.streams(&StreamId::runs_prefix(env)).await?.iter().rev() {
        let Some(first) = journal.read(stream, 0, 1).await?.pop() else { continue };
        if let RunEvent::Started { idempotency: Some((known, digest)), .. } = RunEvent::read(&first)?
            && known == key
        {
            return Ok(Some((run_id(env, stream)?, digest)));
        }
    }
    Ok(None)
}

/// The releases of a project, oldest first.
pub(crate) async fn releases(journal: &dyn Journal, org: &OrgName, project: &ProjectName) -> Result<Vec<Release>> {
    stream(journal, &StreamId::releases(org, project)).await?.iter().map(recorded).collect()
}

/// One release of a project, and what comes after the last of them.
pub(crate) async fn release(
    journal: &dyn Journal,
    org: &OrgName,
    project: &ProjectName,
    id: &ReleaseId,
) -> Result<(Option<Release>, Next)> {
    let entries = stream(journal, &StreamId::releases(org, project)).await?;
    let mut next = Next { sequence: entries.last().map_or(0, |entry| entry.sequence), version: 1 };
    let mut found = None;
    for entry in &entries {
        let head = ReleaseEvent::head(entry)?;
        next.version = next.version.max(head.version + 1);
        if head.id == *id {
            found = Some(recorded(entry)?);
        }
    }
    Ok((found, next))
}

/// Where a project's next release goes.
pub(crate) struct Next {
    /// The stream's sequence before it.
    pub(crate) sequence: u64,
    /// Its number.
    pub(crate) version: u32,
}

fn recorded(entry: &Entry) -> Result<Release> {
    match ReleaseEvent::read(entry)? {
        ReleaseEvent::Recorded { release } => Ok(*release),
        _ => Err(Error::internal(codes::INTERNAL_INVARIANT, format!("{} records something else", entry.stream))),
    }
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

/// Keeps the end of what an attempt wrote among the blobs. A log that cannot be kept fails nothing,
/// and nobody waits for it for longer than one operation may take.
pub(crate) async fn keep_log(parts: &Parts, id: &AttemptId) -> Option<Digest> {
    let mut lines = parts.runner.logs(id, LogOptions::default());
    let mut kept: Vec<u8> = Vec::new();
    let env = &*parts.env;
    let deadline = Deadline::after(env, parts.settings.operation);
    loop {
        let item = match deadline.limit(env, "an attempt's log", lines.next()).await {
            Ok(Some(Ok(item))) => item,
            Ok(_) => break,
            Err(error) => {
                tracing::warn!(error = %error, attempt = %id, "the end of the attempt's log is not kept");
                break;
            }
        };
        match item {
            LogItem::Line { bytes, .. } => kept.extend_from_slice(&bytes),
            LogItem::Gap { cause, .. } => {
                kept.extend_from_slice(format!("[lines are missing here: {cause}]").as_bytes());
            }
            _ => continue,
        }
        kept.push(b'\n');
        if kept.len() > 2 * KEPT_LOG {
            kept.drain(..kept.len() - KEPT_LOG);
        }
    }
    let start = kept.len().saturating_sub(KEPT_LOG);
    match parts.blobs.put(kept.split_off(start).into()).await {
        Ok(digest) => Some(digest),
        Err(error) => {
            tracing::warn!(error = %error, attempt = %id, "the attempt's log is not kept");
            None
        }
    }
}
