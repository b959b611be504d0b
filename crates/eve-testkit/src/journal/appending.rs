//! What appending promises.

use eve_core::codes;
use futures_util::future::{join, try_join_all};

use super::Book;
use super::harness::stream;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq, refused};

pub(super) async fn sequences_count_from_one_without_holes(on: &Book) -> Outcome {
    let run = stream("run/a");
    ensure_eq!(on.journal.append(&run, 0, None, on.records(0..2)).await?, 2, "the last sequence of the first append");
    ensure_eq!(on.journal.append(&run, 2, None, on.records(2..5)).await?, 5, "the last sequence of the second");
    let sequences: Vec<u64> = on.journal.read(&run, 0, 100).await?.iter().map(|entry| entry.sequence).collect();
    ensure_eq!(sequences, [1, 2, 3, 4, 5], "the sequences");
    Ok(())
}

pub(super) async fn an_append_at_another_sequence_is_refused_and_appends_nothing(on: &Book) -> Outcome {
    let run = stream("run/a");
    on.journal.append(&run, 0, None, on.records(0..2)).await?;
    for expected in [0, 1, 3, u64::MAX >> 1] {
        let append = on.journal.append(&run, expected, None, on.records(7..9)).await;
        refused(&format!("an append that expects {expected}"), append, &[&codes::JOURNAL_CONFLICT])?;
    }
    let new = on.journal.append(&stream("run/new"), 1, None, on.records(0..1)).await;
    refused("an append to a new stream that expects 1", new, &[&codes::JOURNAL_CONFLICT])?;
    ensure_eq!(on.journal.read(&run, 0, 100).await?.len(), 2, "a refused append left entries");
    ensure!(on.journal.read(&stream("run/new"), 0, 100).await?.is_empty(), "a refused append made a stream");
    Ok(())
}

pub(super) async fn of_two_writers_at_one_sequence_exactly_one_appends(on: &Book) -> Outcome {
    let run = stream("run/a");
    for round in 0..20 {
        let at = round * 3;
        let (one, two) = join(
            on.journal.append(&run, at, None, on.records(0..3)),
            on.journal.append(&run, at, None, on.records(10..13)),
        )
        .await;
        let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
        ensure_eq!(won?, at + 3, "the last sequence of the winner");
        refused("the other writer", lost, &[&codes::JOURNAL_CONFLICT])?;
        let bodies: Vec<usize> = on
            .journal
            .read(&run, at, 100)
            .await?
            .iter()
            .map(|entry| entry.record.body.decode())
            .collect::<Result<_, _>>()?;
        ensure!(bodies == [0, 1, 2] || bodies == [10, 11, 12], "the appends are mixed: {bodies:?}");
    }
    Ok(())
}

pub(super) async fn many_writers_to_many_streams_all_append(on: &Book) -> Outcome {
    let writers = (0..16).map(|writer| async move {
        let run = stream(&format!("run/{writer}"));
        for round in 0..8 {
            on.journal.append(&run, round, None, on.records([writer])).await?;
        }
        Ok::<_, eve_core::Error>(run)
    });
    for run in try_join_all(writers).await? {
        let entries = on.journal.read(&run, 0, 100).await?;
        ensure_eq!(entries.len(), 8, "entries of {run}");
        ensure!(entries.iter().all(|entry| entry.stream == run), "an entry names another stream");
    }
    Ok(())
}

pub(super) async fn an_append_of_nothing_changes_nothing(on: &Book) -> Outcome {
    let run = stream("run/a");
    on.journal.append(&run, 0, None, on.records(0..1)).await?;
    ensure_eq!(on.journal.append(&run, 1, None, Vec::new()).await?, 1, "the last sequence");
    ensure_eq!(on.journal.read(&run, 0, 100).await?.len(), 1, "the entries");
    Ok(())
}
